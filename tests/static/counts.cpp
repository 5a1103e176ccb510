// SPDX-License-Identifier: Apache-2.0
// Sizes of the named networks; the numbers of the three MLPerf and VGG networks stand in golden/costs.json.
#include "networks.hpp"

using namespace pliny;
using test::DsCnn;

static_assert(cost_of<Cnn, Params> == 421'642);
static_assert(cost_of<Cnn, ParamsNoBias> == 421'408);
static_assert(cost_of<Cnn, Ops> == 4'278'922);
static_assert(output_shape<Cnn> == Shape{10});

static_assert(cost_of<Vgg16, Params> == 134'300'362);
static_assert(cost_of<Vgg16, ParamsNoBias> == 134'287'936);
static_assert(cost_of<Vgg16, Ops> == 15'421'962'250);
static_assert(cost_of<Vgg16, OpsNoBias> == 15'408'406'528);
static_assert(cost_of<Vgg16On<Image<3, 224, 224>, 1000>, Params> == 138'357'544); // torchvision

static_assert(cost_of<ResNet8, Params> == 77'706);
static_assert(cost_of<ResNet8, ParamsNoBias> == 77'360);
static_assert(cost_of<ResNet8, Ops> == 12'587'658);
static_assert(cost_of<ResNet8, OpsNoBias> == 12'501'632);

static_assert(cost_of<DsCnn, Params> == 22'604);
static_assert(cost_of<DsCnn, ParamsNoBias> == 22'016);
static_assert(cost_of<DsCnn, Ops> == 2'728'780);
static_assert(cost_of<DsCnn, OpsNoBias> == 2'656'768);
static_assert(output_shape<DsCnn> == Shape{12});
