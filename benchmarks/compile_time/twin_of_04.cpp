// SPDX-License-Identifier: Apache-2.0
// What examples/04_search_with_pit.cpp does, written by hand on plain LibTorch for this one network, to
// compare compile times. Masks, cost, DUCCIO penalty, settling, export, file and reload are those of the
// example; what pliny checks at compile time is not checked here. Usage: twin_of_04 <folder with the unpacked
// files of FashionMNIST> [--small]

#include <torch/data.h>
#include <torch/nn.h>
#include <torch/optim.h>
#include <torch/serialize.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using torch::nn::BatchNorm2d;
using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;
using torch::nn::Linear;

using Widths = std::array<std::int64_t, 3>; // of conv1, conv2 and linear1
constexpr Widths full{32, 64, 128};
constexpr double threshold = 0.5;

// The cost and its gradient to the widths: parameters of convolutions and linear layers.
double count_parameters(const std::array<double, 3>& w, std::array<double, 3>* gradient = nullptr) {
    if (gradient)
        *gradient = {9 + 1 + 9 * w[1], 9 * w[0] + 1 + 49 * w[2], 49 * w[1] + 1 + 10};
    return (9 * w[0] + w[0]) + (9 * w[0] * w[1] + w[1]) + (49 * w[1] * w[2] + w[2]) + (10 * w[2] + 10);
}

// theta = |alpha|, 1 for the last channel, which is always alive.
std::vector<double> thetas(const at::Tensor& alpha) {
    const at::Tensor host = alpha.detach().abs().to(at::kDouble).contiguous();
    std::vector<double> theta(host.data_ptr<double>(), host.data_ptr<double>() + host.numel());
    theta.back() = 1;
    return theta;
}
std::vector<std::int64_t> alive(const at::Tensor& alpha) {
    const std::vector<double> theta = thetas(alpha);
    std::vector<std::int64_t> channels;
    for (std::size_t c = 0; c < theta.size(); ++c)
        if (theta[c] > threshold)
            channels.push_back(static_cast<std::int64_t>(c));
    return channels;
}

// 0 or 1 by alpha; backward is straight through the threshold: sign(alpha), 0 for the last channel.
struct Mask : torch::autograd::Function<Mask> {
    static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& alpha) {
        ctx->save_for_backward({alpha});
        const at::Tensor mask = alpha.abs().gt(threshold).to(alpha.dtype());
        mask[-1] = 1;
        return mask;
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                   torch::autograd::variable_list upstream) {
        at::Tensor gradient = upstream[0] * ctx->get_saved_variables()[0].sign();
        gradient[-1] = 0;
        return {gradient};
    }
};

// The network for any widths: whole, or as found.
struct CnnImpl : torch::nn::Module {
    Widths widths;
    Conv2d conv1, conv2;
    BatchNorm2d norm1, norm2;
    Linear linear1, linear2;

    explicit CnnImpl(Widths w = full)
        : widths(w), conv1(Conv2dOptions(1, w[0], 3).padding(1)),
          conv2(Conv2dOptions(w[0], w[1], 3).padding(1)), norm1(w[0]), norm2(w[1]), linear1(49 * w[1], w[2]),
          linear2(w[2], 10) {
        register_module("conv1", conv1);
        register_module("norm1", norm1);
        register_module("conv2", conv2);
        register_module("norm2", norm2);
        register_module("linear1", linear1);
        register_module("linear2", linear2);
    }
    at::Tensor forward(at::Tensor x) {
        if (x.dim() != 4 || x.size(1) != 1 || x.size(2) != 28 || x.size(3) != 28)
            throw std::runtime_error("the input must be [N, 1, 28, 28]");
        x = torch::max_pool2d(torch::relu(norm1(conv1(x))), 2);
        x = torch::max_pool2d(torch::relu(norm2(conv2(x))), 2);
        return linear2(torch::relu(linear1(x.flatten(1))));
    }
    double cost() const {
        return count_parameters(
            {static_cast<double>(widths[0]), static_cast<double>(widths[1]), static_cast<double>(widths[2])});
    }
};
TORCH_MODULE(Cnn);

// The masked network: masks go into the affine of the norms and into the rows of linear1.
struct SearchImpl : torch::nn::Module {
    Cnn net;
    std::array<at::Tensor, 3> alpha;
    at::Tensor strength; // of the penalty, fixed when the limit is exceeded for the first time
    double limit = 0.25 * count_parameters({32, 64, 128});

    SearchImpl() {
        register_module("net", net);
        for (std::size_t g = 0; g < 3; ++g)
            alpha[g] = register_parameter("alpha" + std::to_string(g), at::ones({full[g]}));
        strength = register_buffer("strength", at::zeros({}, at::kDouble));
    }
    at::Tensor forward(at::Tensor x) {
        const at::Tensor m0 = Mask::apply(alpha[0]), m1 = Mask::apply(alpha[1]), m2 = Mask::apply(alpha[2]);
        const auto normalised = [&](const BatchNorm2d& norm, const at::Tensor& in, const at::Tensor& mask) {
            if (is_training())
                norm->num_batches_tracked.add_(1);
            return at::batch_norm(in, norm->weight * mask, norm->bias * mask, norm->running_mean,
                                  norm->running_var, is_training(), 0.1, 1e-5, false);
        };
        x = torch::max_pool2d(torch::relu(normalised(net->norm1, net->conv1(x), m0)), 2);
        x = torch::max_pool2d(torch::relu(normalised(net->norm2, net->conv2(x), m1)), 2);
        x = torch::relu(
            at::linear(x.flatten(1), net->linear1->weight * m2.view({-1, 1}), net->linear1->bias * m2));
        return net->linear2(x);
    }
    std::array<double, 3> widths() const {
        std::array<double, 3> widths;
        for (std::size_t g = 0; g < 3; ++g)
            widths[g] = static_cast<double>(alive(alpha[g]).size());
        return widths;
    }
    double cost() const { return count_parameters(widths()); }

    // DUCCIO: strength x max(0, cost - limit), the strength rising over the first half of the search.
    at::Tensor penalty(const at::Tensor& task, double epoch, double epochs) {
        const std::array<double, 3> now = widths();
        std::array<double, 3> slope;
        const double price = count_parameters(now, &slope);
        if (strength.item<double>() == 0 && price > limit) {
            const double loss = task.item<double>();
            if (!std::isfinite(loss))
                throw std::runtime_error("penalty: the task loss is not finite");
            strength.fill_(4 * loss / std::max(price - limit, 0.01 * limit));
        }
        if (price <= limit)
            return at::zeros({});
        const double scale = strength.item<double>() * std::min(0.01 + epoch * 0.99 / (epochs / 2), 1.0);
        at::Tensor excess = at::scalar_tensor(price - limit);
        for (std::size_t g = 0; g < 3; ++g) { // the value of the cost with the gradient of the masks
            const at::Tensor count = Mask::apply(alpha[g]).sum();
            excess = excess + (count - count.detach()) * slope[g];
        }
        return excess * scale;
    }

    // Moves the fewest alphas so that the limit holds, then lets channels come back while it still holds.
    void settle() {
        struct Channel {
            double theta;
            std::size_t group;
            std::int64_t index;
        };
        const at::NoGradGuard no_grad;
        const auto channels = [&](bool living) {
            std::vector<Channel> list;
            for (std::size_t g = 0; g < 3; ++g) {
                const std::vector<double> theta = thetas(alpha[g]);
                for (std::size_t c = 0; c + 1 < theta.size(); ++c)
                    if ((theta[c] > threshold) == living)
                        list.push_back({theta[c], g, static_cast<std::int64_t>(c)});
            }
            std::stable_sort(list.begin(), list.end(), [&](const Channel& a, const Channel& b) {
                return living ? a.theta < b.theta : a.theta > b.theta;
            });
            return list;
        };
        const auto set = [&](const Channel& c, double theta) {
            alpha[c.group][c.index] = std::copysign(theta, alpha[c.group][c.index].item<double>());
        };
        std::array<double, 3> now = widths();
        if (count_parameters(now) > limit)
            for (const Channel& c : channels(true)) {
                set(c, threshold);
                now[c.group] -= 1;
                if (count_parameters(now) <= limit)
                    break;
            }
        std::array<bool, 3> closed{};
        for (const Channel& c : channels(false)) {
            if (closed[c.group])
                continue;
            now[c.group] += 1;
            if (count_parameters(now) <= limit) {
                set(c, threshold + 1e-6);
            } else {
                now[c.group] -= 1;
                closed[c.group] = true;
            }
        }
    }

    // The network without its dead channels.
    Cnn exported() {
        settle();
        const at::NoGradGuard no_grad;
        std::array<at::Tensor, 3> kept;
        Widths widths;
        for (std::size_t g = 0; g < 3; ++g) {
            kept[g] = at::tensor(alive(alpha[g]), at::kLong);
            widths[g] = kept[g].numel();
        }
        const at::Tensor pixels = (kept[1].view({-1, 1}) * 49 + at::arange(49, at::kLong)).flatten();
        Cnn found(widths);
        const auto copy = [](const auto& to, const auto& from, const at::Tensor& out, const at::Tensor& in) {
            at::Tensor weight = out.defined() ? from->weight.index_select(0, out) : from->weight;
            to->weight.copy_(in.defined() ? weight.index_select(1, in) : weight);
            to->bias.copy_(out.defined() ? from->bias.index_select(0, out) : from->bias);
        };
        const auto copy_norm = [](const BatchNorm2d& to, const BatchNorm2d& from, const at::Tensor& out) {
            to->weight.copy_(from->weight.index_select(0, out));
            to->bias.copy_(from->bias.index_select(0, out));
            to->running_mean.copy_(from->running_mean.index_select(0, out));
            to->running_var.copy_(from->running_var.index_select(0, out));
            to->num_batches_tracked.copy_(from->num_batches_tracked);
        };
        copy(found->conv1, net->conv1, kept[0], {});
        copy_norm(found->norm1, net->norm1, kept[0]);
        copy(found->conv2, net->conv2, kept[1], kept[0]);
        copy_norm(found->norm2, net->norm2, kept[1]);
        copy(found->linear1, net->linear1, kept[2], pixels);
        copy(found->linear2, net->linear2, {}, kept[2]);
        return found;
    }
    std::vector<at::Tensor> weights() const { return net->parameters(); }
    std::vector<at::Tensor> architecture() const { return {alpha.begin(), alpha.end()}; }
};
TORCH_MODULE(Search);

// Weights and widths in one file, written beside and renamed.
void save(const Cnn& found, const std::string& path) {
    torch::serialize::OutputArchive archive;
    found->save(archive);
    archive.write("widths", at::tensor(at::IntArrayRef(found->widths), at::kLong));
    archive.save_to(path + ".part");
    std::filesystem::rename(path + ".part", path);
}
Cnn load(const std::string& path) {
    torch::serialize::InputArchive archive;
    archive.load_from(path);
    at::Tensor widths;
    archive.read("widths", widths);
    Cnn found(Widths{widths[0].item<std::int64_t>(), widths[1].item<std::int64_t>(),
                     widths[2].item<std::int64_t>()});
    found->load(archive);
    return found;
}

struct Images {
    at::Tensor images, labels; // bytes, numbers
    std::pair<at::Tensor, at::Tensor> batch(const at::Tensor& indices) const {
        return {images.index_select(0, indices).to(at::kFloat).div_(255).sub_(0.2860).div_(0.3530),
                labels.index_select(0, indices)};
    }
};
Images read(const std::string& folder, bool train, std::int64_t count) {
    const torch::data::datasets::MNIST files(folder, train ? torch::data::datasets::MNIST::Mode::kTrain
                                                           : torch::data::datasets::MNIST::Mode::kTest);
    return {files.images().mul(255).round().to(at::kByte).slice(0, 0, count),
            files.targets().slice(0, 0, count)};
}

template <class M>
double accuracy(M& model, const Images& data) {
    model->eval();
    const at::InferenceMode inference;
    std::int64_t right = 0;
    for (const at::Tensor& indices : at::arange(data.labels.size(0), at::kLong).split(500)) {
        const auto [x, y] = data.batch(indices);
        right += model->forward(x).argmax(1).eq(y).sum().template item<std::int64_t>();
    }
    model->train();
    return 100.0 * static_cast<double>(right) / static_cast<double>(data.labels.size(0));
}

int main(int argc, char** argv) try {
    if (argc < 2)
        throw std::runtime_error("give the folder with the unpacked files of FashionMNIST");
    const bool small = argc > 2 && std::string_view(argv[2]) == "--small";
    const Images train = read(argv[1], true, small ? 1'500 : 60'000),
                 test = read(argv[1], false, small ? 500 : 10'000);
    at::manual_seed(0);

    Search model;
    torch::optim::Adam optimizer(
        {torch::optim::OptimizerParamGroup(model->weights()),
         torch::optim::OptimizerParamGroup(model->architecture(),
                                           std::make_unique<torch::optim::AdamOptions>(1e-2))},
        torch::optim::AdamOptions(1e-3));
    const int epochs = small ? 2 : 4;
    for (int epoch = 0; epoch < epochs; ++epoch) {
        for (const at::Tensor& indices :
             at::randperm(train.labels.size(0), at::kLong).split(small ? 32 : 128)) {
            const auto [x, y] = train.batch(indices);
            optimizer.zero_grad();
            const at::Tensor task = torch::nn::functional::cross_entropy(model->forward(x), y);
            const at::Tensor loss = task + model->penalty(task, epoch, epochs);
            loss.backward();
            optimizer.step();
        }
        std::printf("epoch %d: %.0f parameters, %.2f %% right\n", epoch + 1, model->cost(),
                    accuracy(model, test));
    }
    Cnn found = model->exported();
    for (std::size_t g = 0; g < 3; ++g)
        std::printf("layer %zu: %lld of %lld\n", g, static_cast<long long>(found->widths[g]),
                    static_cast<long long>(full[g]));

    const std::string file = std::filesystem::temp_directory_path() / "twin_of_04.pt";
    save(found, file);
    Cnn loaded = load(file);
    std::printf(
        "limit %.0f, found %.0f parameters of %.0f; %.2f %% right, read back %.2f %%; search model %.2f %%\n",
        model->limit, found->cost(), count_parameters({32, 64, 128}), accuracy(found, test),
        accuracy(loaded, test), accuracy(model, test));
    std::filesystem::remove(file);
    return found->cost() <= model->limit ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "twin_of_04: %s\n", error.what());
    return 1;
}
