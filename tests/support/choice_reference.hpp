// SPDX-License-Identifier: Apache-2.0
#pragma once

// A network with choices by the book: every alternative runs, each choice is the sum of share x output, and a
// mask multiplies every output that has channels which can die. Slow, in double, differentiable.

#include <pliny/graph/paths.hpp>
#include <pliny/layers/concept.hpp>

#include <torch/nn/module.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace pliny::testing {

template <class Net>
class ByTheBook {
public:
    static constexpr const auto& graph = plan<Net>;
    std::map<std::string, at::Tensor> tensors; // parameters and statistics, by name, in double
    at::Tensor theta;                          // a share per alternative
    std::vector<at::Tensor> masks;             // of every group of the plan; empty: none

    explicit ByTheBook(const torch::nn::Module& model) {
        for (const auto& item : model.named_parameters())
            tensors[item.key()] = item.value().detach().to(at::kDouble).clone().requires_grad_(true);
        for (const auto& item : model.named_buffers())
            tensors[item.key()] = item.value().detach().to(at::kDouble).clone();
    }
    void set_theta(const std::vector<std::vector<double>>& shares) {
        std::vector<double> flat;
        for (const auto& choice : shares)
            flat.insert(flat.end(), choice.begin(), choice.end());
        theta = at::tensor(flat, at::kDouble).requires_grad_(true);
    }

    at::Tensor operator()(const at::Tensor& x, bool training) const {
        std::vector<at::Tensor> values{x.to(at::kDouble)};
        for (int r = 1; r < graph.size(); ++r)
            values.push_back(masked(output(r, values, training), r));
        return values.back();
    }

private:
    at::Tensor tensor(int row, const char* name) const {
        const std::string path(graph[row].path.view());
        const auto found = tensors.find((path.empty() ? "" : path + ".") + name);
        return found == tensors.end() ? at::Tensor{} : found->second;
    }
    at::Tensor masked(const at::Tensor& y, int row) const {
        if (masks.empty())
            return y;
        std::vector<at::Tensor> parts;
        for (const Segment& segment : graph.channels(row))
            parts.push_back(masks[static_cast<std::size_t>(segment.group)].repeat_interleave(segment.repeat));
        std::vector<std::int64_t> shape(static_cast<std::size_t>(y.dim()), 1);
        shape[1] = -1;
        return y * at::cat(parts).view(shape);
    }
    at::Tensor output(int r, const std::vector<at::Tensor>& values, bool training) const {
        const Row& row = graph[r];
        const Facts& f = row.facts;
        const Window& w = f.window;
        const auto input = [&](std::size_t i) {
            return values[static_cast<std::size_t>(graph.inputs(r)[i])];
        };
        const at::Tensor x = input(0);
        const std::vector<std::int64_t> kernel{w.kernel[0], w.kernel[1]}, stride{w.stride[0], w.stride[1]},
            padding{w.before[0], w.before[1]};
        switch (f.kind) {
        case Kind::Conv2d:
            return at::conv2d(at::constant_pad_nd(x, {w.before[1], w.after[1], w.before[0], w.after[0]}),
                              tensor(r, "weight"), tensor(r, "bias"), stride, at::IntArrayRef{0, 0},
                              {w.dilation[0], w.dilation[1]}, f.groups);
        case Kind::Linear:
            return at::linear(x, tensor(r, "weight"), tensor(r, "bias"));
        case Kind::BatchNorm1d:
        case Kind::BatchNorm2d:
            return at::batch_norm(x, tensor(r, "weight"), tensor(r, "bias"),
                                  tensor(r, "running_mean").clone(), tensor(r, "running_var").clone(),
                                  training, 0, f.epsilon, false);
        case Kind::ReLU:
            return at::relu(x);
        case Kind::Tanh:
            return at::tanh(x);
        case Kind::Sigmoid:
            return at::sigmoid(x);
        case Kind::Identity:
            return x;
        case Kind::Zero:
            return at::zeros_like(x);
        case Kind::MaxPool2d:
            return at::max_pool2d(x, kernel, stride, padding);
        case Kind::AvgPool2d:
            return at::avg_pool2d(x, kernel, stride, padding);
        case Kind::AdaptiveAvgPool2d:
            return at::adaptive_avg_pool2d(x, {f.out[1], f.out[2]});
        case Kind::Flatten:
            return x.flatten(1);
        case Kind::Add:
            return input(0) + input(1);
        case Kind::Concat:
            return at::cat({input(0), input(1)}, 1);
        case Kind::Choice: {
            at::Tensor sum = at::zeros_like(x);
            for (const Alternative& one : graph.alternatives_of(r))
                sum = sum + theta[row.first_alternative + one.number] *
                                values[static_cast<std::size_t>(one.output)];
            return sum;
        }
        default:
            throw std::runtime_error("the book does not know " + std::string(row.path.view()));
        }
    }
};

} // namespace pliny::testing
