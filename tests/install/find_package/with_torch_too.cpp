// SPDX-License-Identifier: Apache-2.0
#include <pliny/pliny.hpp>

at::Tensor outputs_of_the_other_file(pliny::Model<pliny::Cnn>& model, const at::Tensor& images) { return model(images); }
