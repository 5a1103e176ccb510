// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/autocast_mode.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

namespace pliny::detail {

/// While it lives, operators compute in the types of their tensors, whatever autocast says.
class WithoutAutocast {
    c10::impl::ExcludeDispatchKeyGuard excluded{c10::autocast_dispatch_keyset};
};

} // namespace pliny::detail
