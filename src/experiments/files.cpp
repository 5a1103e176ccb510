// SPDX-License-Identifier: Apache-2.0
#include <pliny/deploy/definitions/atomic_file.hpp>
#include <pliny/deploy/definitions/bit_layout_json.hpp>
#include <pliny/deploy/definitions/file_bytes.hpp>
#include <pliny/deploy/definitions/file_kind.hpp>
#include <pliny/deploy/definitions/found_header.hpp>
#include <pliny/deploy/definitions/model_file.hpp>
#include <pliny/deploy/definitions/named_weights.hpp>
#include <pliny/deploy/definitions/safetensors.hpp>
#include <pliny/deploy/definitions/safetensors_header.hpp>
#include <pliny/deploy/definitions/state_dict.hpp>
#include <pliny/deploy/definitions/tensor_views.hpp>
