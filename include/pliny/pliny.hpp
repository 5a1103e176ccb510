// SPDX-License-Identifier: Apache-2.0
#pragma once

// All of pliny: describe, plan, run, search, export.

#include <pliny/core.hpp>
#include <pliny/datasets/fashion_mnist.hpp>
#include <pliny/datasets/mnist.hpp>
#include <pliny/datasets/not_mnist.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/found_header.hpp>
#include <pliny/deploy/model_file.hpp>
#include <pliny/deploy/quantized_file.hpp>
#include <pliny/nn/methods/mps.hpp>
#include <pliny/nn/methods/pit.hpp>
#include <pliny/nn/methods/super_net.hpp>
#include <pliny/nn/model.hpp>
#include <pliny/train/trainer.hpp>

#include <torch/nn/functional/loss.h>
#include <torch/optim.h>
