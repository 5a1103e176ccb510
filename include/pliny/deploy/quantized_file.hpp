// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/bit_layout_json.hpp>
#include <pliny/deploy/file_kind.hpp>
#include <pliny/deploy/model_file.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/quantizers/packing.hpp>

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace pliny {
namespace detail {

/// The row whose quantized layer has a tensor of this name and ending; 0: none.
template <class Net, class Quantizer>
int quantized_row(const Quantized<Net, Quantizer>& model, const std::string& name,
                  const std::string& ending) {
    for (int r = 1; r < plan<Net>.size(); ++r)
        if (!model.weight_bits(r).empty() && name == std::string(plan<Net>[r].path.view()) + ending)
            return r;
    return 0;
}

/// The tensors of a quantized network as they stand in a file: of every quantized layer packed codes, steps
/// and the bias; all others as they are.
template <class Net, class Quantizer>
NamedTensors packed_tensors(const Quantized<Net, Quantizer>& model) {
    NamedTensors tensors;
    std::array<std::vector<double>, Quantized<Net, Quantizer>::rows> biases;
    for (const auto& [name, tensor] : named_tensors(model)) {
        const int row = quantized_row(model, name, ".weight");
        if (row == 0) {
            tensors.emplace_back(name, tensor);
            continue;
        }
        auto made = model.weight_codes(row);
        const std::vector<int>& bits = model.weight_bits(row);
        const std::size_t length = made.codes.size() / bits.size();
        std::vector<std::uint8_t> bytes;
        for (std::size_t c = 0; c < bits.size(); ++c)
            pack(std::span(made.codes).subspan(c * length, length), bits[c], bytes);
        tensors.emplace_back(name + ".codes", at::tensor(bytes, at::kByte));
        tensors.emplace_back(name + ".steps", at::tensor(made.steps, at::kFloat));
        biases[static_cast<std::size_t>(row)] = std::move(made.bias);
    }
    for (auto& [name, tensor] : tensors) // biases on their grids
        if (const int row = quantized_row(model, name, ".bias"); row > 0)
            tensor = write(biases[static_cast<std::size_t>(row)], tensor.detach());
    return tensors;
}

/// FileError where the weights of a file are those of another quantizer.
inline void expect_quantizer(const SafetensorsFile& file, std::string_view name) {
    const auto entry = file.metadata.find("pliny.quantizer");
    const std::string found(entry == file.metadata.end() ? UniformGrid::name : entry->second);
    if (found != name)
        file_error(file.path, joined("found weights of the quantizer \"", found, "\"; expected \"", name,
                                     "\": load_quantized<Net, Quantizer>(path) takes the one of the file"));
}

} // namespace detail

/// Writes a quantized network with as many bits as it has: codes, steps, biases, clips and the architecture,
/// to a safetensors file: beside, then renamed. FileError names what failed; ModelError for a network that is
/// not in float32.
template <class Net, class Quantizer>
void save(const Quantized<Net, Quantizer>& model, const std::filesystem::path& path) {
    for (const at::Tensor& parameter : model.parameters())
        if (parameter.scalar_type() != at::kFloat)
            throw ModelError(joined("save: found a network in ", c10::toString(parameter.scalar_type()),
                                    "; expected float32: network.to(torch::kFloat)"));
    SafetensorsMetadata metadata{{"format", "pt"},
                                 {"pliny.network", spelled_network<Net>()},
                                 {"pliny.kept", detail::kept_text(model.kept())},
                                 {"pliny.bits", detail::layout_text(model.layout())}};
    if (!model.chosen().empty())
        metadata["pliny.chosen"] = detail::chosen_text(model.chosen());
    if (!std::is_same_v<Quantizer, UniformGrid>)
        metadata["pliny.quantizer"] = Quantizer::name;
    write_safetensors(path, metadata, detail::TensorViews(detail::packed_tensors(model)).views);
}

/// Reads what save wrote of a quantized network; in eval mode it computes what that did, bit for bit. Its
/// steps are those of the file, in training too, unless they are learned. FileError where the file is
/// truncated, altered, or holds another network, or weights of another quantizer.
template <DescribedNetwork Net, WeightQuantizer Quantizer = UniformGrid>
Quantized<Net, Quantizer> load_quantized(const std::filesystem::path& path) {
    const SafetensorsFile file = detail::read_kind(path, detail::FileKind::quantized);
    const std::string& network = detail::metadata_entry(file, "pliny.network");
    if (const std::string asked = spelled_network<Net>(); asked != network)
        detail::file_error(path, "found the network " + network + "; expected " + asked);
    detail::expect_quantizer(file, Quantizer::name);
    auto kept = detail::parse_kept<Net>(file);
    auto layout = detail::parse_layout<Net>(file, kept);
    Quantized<Net, Quantizer> model(
        FoundNetwork<Net>{std::move(kept), detail::parse_chosen<Net>(file), std::move(layout)});
    std::array<std::vector<float>, Quantized<Net, Quantizer>::rows> steps;
    std::size_t read = 0;
    for (auto& [name, tensor] : detail::named_tensors(model)) {
        const int row = detail::quantized_row(model, name, ".weight");
        if (row == 0) {
            detail::read_tensor(file, name, tensor);
            ++read;
            continue;
        }
        const std::vector<int>& bits = model.weight_bits(row);
        const auto length = static_cast<std::size_t>(tensor.numel()) / bits.size();
        std::size_t size = 0;
        for (int b : bits)
            size += packed_size(length, b);
        at::Tensor codes = at::empty({static_cast<std::int64_t>(size)}, at::kByte);
        at::Tensor own = at::empty({static_cast<std::int64_t>(bits.size())}, at::kFloat);
        detail::read_tensor(file, name + ".codes", codes);
        detail::read_tensor(file, name + ".steps", own);
        read += 2;
        const std::uint8_t* next = codes.const_data_ptr<std::uint8_t>();
        const at::Tensor rows = detail::rows_first(tensor.detach(), plan<Net>[row].facts.axes);
        const at::Tensor values = rows.contiguous();
        float* out = values.template mutable_data_ptr<float>();
        std::vector<std::int16_t> whole(length);
        for (std::size_t c = 0; c < bits.size(); ++c) {
            const float step = own.const_data_ptr<float>()[c];
            unpack({next, packed_size(length, bits[c])}, bits[c], whole);
            next += packed_size(length, bits[c]);
            detail::values_of<Quantizer>(whole.data(), out + c * length, static_cast<std::int64_t>(length),
                                         step, bits[c]);
            steps[static_cast<std::size_t>(row)].push_back(step);
        }
        rows.copy_(values);
    }
    if (read != file.tensors.size())
        detail::file_error(path, joined("found ", file.tensors.size(), " tensors; expected ", read));
    model.fix_steps(std::move(steps));
    return model;
}

} // namespace pliny
