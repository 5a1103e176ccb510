// SPDX-License-Identifier: Apache-2.0
// A layer and a cost that the library does not know: described, searched, exported, saved.
#include <pliny/pliny.hpp>

#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

using namespace pliny;
using namespace pliny::testing;

namespace {

struct Cosine {
    static constexpr Facts facts(const Shape& in) { return {.out = in, .keeps_zero = false}; } // cos(0) != 0
    static std::string spelled(std::int64_t) { return "Cosine"; }
    static at::Tensor forward(const at::Tensor& x) { return at::cos(x); }
};
static_assert(Layer<Cosine>);

struct FileBytesCost {
    static constexpr std::string_view name = "file_bytes";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return (call.weights() + call.biases()) * 4;
    }
};
inline constexpr FileBytesCost FileBytes{};

struct Waves : Network<Image<1, 8, 8>, Sequential<Conv2d<8, Kernel<3>>, Cosine, Flatten, Linear<10>>> {};
using WaveSearch = Pit<Waves, Cost<FileBytes>, Duccio<Limit<Percent<50>>>>;

} // namespace

TEST_CASE("a layer and a cost of the user's own go through a search") {
    Model<WaveSearch> model;
    randomize(model, 1);
    {
        const at::NoGradGuard no_grad;
        model.alpha.uniform_(0, 1);
    }
    CHECK(model.cost<FileBytes>() > 0);
    Exported<Waves> found = model.exported();
    CHECK(found.cost<FileBytes>() <= WaveSearch::limits[0]);
    model.eval();
    found.eval();
    const at::Tensor x = at::randn({4, 1, 8, 8});
    CHECK(at::allclose(found(x), model(x), 1e-5, 1e-5));

    const TemporaryFolder folder;
    save(found, folder / "waves.safetensors");
    Exported<Waves> loaded = load<Waves>(folder / "waves.safetensors");
    loaded.eval();
    CHECK(at::equal(loaded(x), found(x)));
    CHECK(found_header(found, "Found").find("Cosine") != std::string::npos);
}
