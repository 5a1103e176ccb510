// SPDX-License-Identifier: Apache-2.0
#include <pliny/datasets/definitions/augmentation.hpp>
#include <pliny/datasets/definitions/examples.hpp>
#include <pliny/datasets/definitions/images.hpp>
#include <pliny/train/definitions/loss.hpp>
#include <pliny/train/definitions/measure.hpp>
#include <pliny/train/definitions/optimizer.hpp>
#include <pliny/train/definitions/training_loop.hpp>
#include <pliny/train/definitions/training_run.hpp>
