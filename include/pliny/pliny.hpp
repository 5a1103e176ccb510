// SPDX-License-Identifier: Apache-2.0
#pragma once

// All of pliny: describe, plan, run, search, export.

#include <pliny/core.hpp>
#include <pliny/datasets/concept.hpp>
#include <pliny/datasets/fashion_mnist.hpp>
#include <pliny/datasets/from_tensors.hpp>
#include <pliny/datasets/mnist.hpp>
#include <pliny/datasets/not_mnist.hpp>
#include <pliny/datasets/read_csv.hpp>
#include <pliny/datasets/read_image_folders.hpp>
#include <pliny/datasets/read_npy.hpp>
#include <pliny/datasets/split.hpp>
#include <pliny/datasets/standardisation.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/found_header.hpp>
#include <pliny/deploy/model_file.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/deploy/quantized_file.hpp>
#include <pliny/nn/methods/mps.hpp>
#include <pliny/nn/methods/pit.hpp>
#include <pliny/nn/methods/super_net.hpp>
#include <pliny/nn/model.hpp>
#include <pliny/train/loss.hpp>
#include <pliny/train/trainer.hpp>

#include <torch/nn/functional/loss.h>
#include <torch/optim.h>
