// SPDX-License-Identifier: Apache-2.0
#include <pliny/train/definitions/experiment.hpp>
#include <pliny/train/definitions/recipe.hpp>
#include <pliny/train/definitions/sweep.hpp>
