// SPDX-License-Identifier: Apache-2.0
// The networks of the zoo, written by hand in plain LibTorch: what Model<Net> is measured against.
#pragma once

#include <torch/torch.h>

namespace by_hand {

using torch::nn::BatchNorm2d;
using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;
using torch::nn::Linear;

struct Cnn : torch::nn::Module {
    Conv2d conv1{Conv2dOptions(1, 32, 3).padding(1)}, conv2{Conv2dOptions(32, 64, 3).padding(1)};
    BatchNorm2d norm1{32}, norm2{64};
    Linear linear1{3136, 128}, linear2{128, 10};

    Cnn() {
        register_module("conv1", conv1);
        register_module("norm1", norm1);
        register_module("conv2", conv2);
        register_module("norm2", norm2);
        register_module("linear1", linear1);
        register_module("linear2", linear2);
    }
    at::Tensor forward(at::Tensor x) {
        x = torch::max_pool2d(torch::relu(norm1(conv1(x))), 2);
        x = torch::max_pool2d(torch::relu(norm2(conv2(x))), 2);
        return linear2(torch::relu(linear1(x.flatten(1))));
    }
};

struct Stack : torch::nn::Module {
    Conv2d conv1, conv2, shortcut{nullptr};
    BatchNorm2d norm1, norm2;

    Stack(int in, int out, int stride)
        : conv1(Conv2dOptions(in, out, 3).stride(stride).padding(1)),
          conv2(Conv2dOptions(out, out, 3).padding(1)), norm1(out), norm2(out) {
        register_module("conv1", conv1);
        register_module("norm1", norm1);
        register_module("conv2", conv2);
        register_module("norm2", norm2);
        if (stride != 1)
            shortcut = register_module("shortcut", Conv2d(Conv2dOptions(in, out, 1).stride(stride)));
    }
    at::Tensor forward(at::Tensor x) {
        const at::Tensor y = norm2(conv2(torch::relu(norm1(conv1(x)))));
        return torch::relu(y + (shortcut ? shortcut(x) : x));
    }
};

struct ResNet8 : torch::nn::Module {
    Conv2d conv{Conv2dOptions(3, 16, 3).padding(1)};
    BatchNorm2d norm{16};
    std::shared_ptr<Stack> stack1 = std::make_shared<Stack>(16, 16, 1),
                           stack2 = std::make_shared<Stack>(16, 32, 2),
                           stack3 = std::make_shared<Stack>(32, 64, 2);
    Linear linear{64, 10};

    ResNet8() {
        register_module("conv", conv);
        register_module("norm", norm);
        register_module("stack1", stack1);
        register_module("stack2", stack2);
        register_module("stack3", stack3);
        register_module("linear", linear);
    }
    at::Tensor forward(at::Tensor x) {
        x = stack3->forward(stack2->forward(stack1->forward(torch::relu(norm(conv(x))))));
        return linear(torch::avg_pool2d(x, 8).flatten(1));
    }
};

struct Vgg16 : torch::nn::Module {
    torch::nn::Sequential features, classifier;

    Vgg16() {
        int in = 1;
        for (int out : {64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0}) {
            if (out == 0) {
                features->push_back(torch::nn::MaxPool2d(2));
                continue;
            }
            features->push_back(Conv2d(Conv2dOptions(in, out, 3).padding(1)));
            features->push_back(torch::nn::ReLU(torch::nn::ReLUOptions(true)));
            in = out;
        }
        classifier = torch::nn::Sequential(Linear(25088, 4096), torch::nn::ReLU(torch::nn::ReLUOptions(true)),
                                           torch::nn::Dropout(), Linear(4096, 4096),
                                           torch::nn::ReLU(torch::nn::ReLUOptions(true)),
                                           torch::nn::Dropout(), Linear(4096, 10));
        register_module("features", features);
        register_module("classifier", classifier);
    }
    at::Tensor forward(at::Tensor x) {
        return classifier->forward(torch::adaptive_avg_pool2d(features->forward(x), {7, 7}).flatten(1));
    }
};

} // namespace by_hand
