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

// With choices: the smallest and the largest path (worked out layer by layer by a program of its own).
template <class Net>
inline constexpr auto& bounds = SuperNet<Net>::bounds;
static_assert(path_count(plan<CnnChoices>) == 3 * 3);
static_assert(bounds<CnnChoices>[0].smallest == 421'642 && bounds<CnnChoices>[0].largest == 467'818);
static_assert(bounds<CnnChoices>[1].smallest == 4'278'922 && bounds<CnnChoices>[1].largest == 18'767'242);
static_assert(path_count(plan<Vgg16Choices>) == 81 * 262'144); // four layers of three, nine of four
static_assert(bounds<Vgg16Choices>[0].smallest == 121'136'650);
static_assert(bounds<Vgg16Choices>[0].largest == 160'831'114);
static_assert(bounds<Vgg16Choices>[1].smallest == 2'929'041'418);
static_assert(bounds<Vgg16Choices>[1].largest == 45'022'992'394);
static_assert(bounds<Vgg16ChoicesAt32>[0].largest == 160'831'114);
static_assert(bounds<Vgg16ChoicesAt32>[1].smallest == 176'922'634);
static_assert(bounds<Vgg16ChoicesAt32>[1].largest == 1'035'982'858);
static_assert(path_count(plan<ResNet8ChoicesAt28>) == 27 * 256); // three layers of three, four of four
static_assert(bounds<ResNet8ChoicesAt28>[0].smallest == 26'602);
static_assert(bounds<ResNet8ChoicesAt28>[0].largest == 216'026);
static_assert(bounds<ResNet8ChoicesAt28>[1].smallest == 2'151'946);
static_assert(bounds<ResNet8ChoicesAt28>[1].largest == 27'697'802);
// Where every choice takes its first alternative, they are the networks with 3x3 convolutions.
template <class Net>
constexpr double cost_of_first = total_cost(Params, plan<Net>,
                                            std::span<const double>(full_widths<double>(plan<Net>)),
                                            std::span<const double>(one_hot(plan<Net>, PathOf<Net>{})));
static_assert(cost_of_first<CnnChoices> == 421'642 && cost_of_first<Vgg16Choices> == 134'300'362);
static_assert(cost_of_first<ResNet8ChoicesAt28> == cost_of<ResNet8At28, Params>);
static_assert(std::is_same_v<KernelChoices::strided<8, 1>, KernelChoices::same<8>>);
static_assert(std::is_same_v<ReportChoices::strided<8, 1>, ReportChoices::same<8>>);
