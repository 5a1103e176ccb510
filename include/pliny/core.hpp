// SPDX-License-Identifier: Apache-2.0
#pragma once

// The torch-free half: describe networks, plan them, count what they cost, describe searches.

#include <pliny/cost/concept.hpp>
#include <pliny/cost/ops.hpp>
#include <pliny/cost/params.hpp>
#include <pliny/graph/add.hpp>
#include <pliny/graph/choice.hpp>
#include <pliny/graph/choices.hpp>
#include <pliny/graph/concat.hpp>
#include <pliny/graph/describe.hpp>
#include <pliny/graph/named.hpp>
#include <pliny/graph/network.hpp>
#include <pliny/graph/paths.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/graph/repeat.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/graph/spelling.hpp>
#include <pliny/layers/adaptive_avg_pool2d.hpp>
#include <pliny/layers/avg_pool2d.hpp>
#include <pliny/layers/batch_norm.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/layers/dropout.hpp>
#include <pliny/layers/flatten.hpp>
#include <pliny/layers/identity.hpp>
#include <pliny/layers/leaky_relu.hpp>
#include <pliny/layers/linear.hpp>
#include <pliny/layers/max_pool2d.hpp>
#include <pliny/layers/none.hpp>
#include <pliny/layers/relu.hpp>
#include <pliny/layers/relu6.hpp>
#include <pliny/layers/sigmoid.hpp>
#include <pliny/layers/silu.hpp>
#include <pliny/layers/tanh.hpp>
#include <pliny/methods/alive.hpp>
#include <pliny/methods/describe.hpp>
#include <pliny/methods/pit.hpp>
#include <pliny/methods/settle.hpp>
#include <pliny/methods/super_net.hpp>
#include <pliny/methods/sweep.hpp>
#include <pliny/models/cnn.hpp>
#include <pliny/models/convs.hpp>
#include <pliny/models/resnet8.hpp>
#include <pliny/models/vgg16.hpp>
#include <pliny/regularizers/duccio.hpp>
#include <pliny/regularizers/strength.hpp>
