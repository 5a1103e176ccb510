// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/choice.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/layers/identity.hpp>

#include <cstdint>
#include <type_traits>

namespace pliny {

// What stands in the place of each 3x3 convolution of a network, `CnnWith<ReportChoices>`: `same<C>` where
// channels and size stay, `to<C>` where the channels change, `strided<C, Step>` where, unless Step is 1, both
// do.

/// One convolution with this kernel.
template <std::int64_t Side>
struct OneKernel {
    template <std::int64_t Out>
    using same = Conv2d<Out, Kernel<Side>, Padding<Side / 2>>;
    template <std::int64_t Out>
    using to = same<Out>;
    template <std::int64_t Out, std::int64_t Step>
    using strided = Conv2d<Out, Kernel<Side>, Stride<Step>, Padding<Side / 2>>;
};

/// The alternatives of the report: 3x3, 3x3 twice, 5x5 and, where shapes allow, nothing at all.
struct ReportChoices {
    template <std::int64_t Out, class Three, class Five, class... More>
    using of = Choice<Three, Sequential<Three, OneKernel<3>::same<Out>>, Five, More...>;
    template <std::int64_t Out>
    using same = of<Out, OneKernel<3>::same<Out>, OneKernel<5>::same<Out>, Identity>;
    template <std::int64_t Out>
    using to = of<Out, OneKernel<3>::to<Out>, OneKernel<5>::to<Out>>;
    template <std::int64_t Out, std::int64_t Step>
    using strided =
        std::conditional_t<Step == 1, same<Out>,
                           of<Out, OneKernel<3>::strided<Out, Step>, OneKernel<5>::strided<Out, Step>>>;
};

/// Alternatives that run as one convolution: 1x1, 3x3, 5x5 and, where shapes allow, nothing at all.
struct KernelChoices {
    template <std::int64_t Out>
    using same = Choice<OneKernel<1>::same<Out>, OneKernel<3>::same<Out>, OneKernel<5>::same<Out>, Identity>;
    template <std::int64_t Out>
    using to = Choice<OneKernel<1>::to<Out>, OneKernel<3>::to<Out>, OneKernel<5>::to<Out>>;
    template <std::int64_t Out, std::int64_t Step>
    using strided =
        std::conditional_t<Step == 1, same<Out>,
                           Choice<OneKernel<1>::strided<Out, Step>, OneKernel<3>::strided<Out, Step>,
                                  OneKernel<5>::strided<Out, Step>>>;
};

} // namespace pliny
