// SPDX-License-Identifier: Apache-2.0
// PIT under DUCCIO limits of 50, 25, 10 and 5 % of the parameters of Cnn: what does each cost in accuracy?

#include <pliny/pliny.hpp>
#include <pliny/train/sweep.hpp>

using namespace pliny;

template <int Share>
using Search = Pit<Cnn, Cost<Params>, Duccio<Limit<Percent<Share>>>>;

int main(int argc, char** argv) {
    return sweep<Sweep<Search<50>, Search<25>, Search<10>, Search<5>>, FashionMnist, Mnist, NotMnist>(argc,
                                                                                                      argv);
}
