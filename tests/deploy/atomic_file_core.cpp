// SPDX-License-Identifier: Apache-2.0
#include <pliny/deploy/atomic_file.hpp>
#include <pliny/deploy/safetensors.hpp>

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/resource.h>

#include <doctest/doctest.h>

#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace pliny;
using namespace pliny::testing;
namespace fs = std::filesystem;

namespace {} // namespace

TEST_CASE("atomic file: a failure leaves the old file and nothing else") {
    const TemporaryFolder folder;
    const auto path = folder / "file";
    write_file(path, "old");
    {
        AtomicFile file(path);
        file.write("new");
        CHECK(folder.entry_count() == 2);
    }
    CHECK(read_file(path) == "old");
    CHECK(folder.entry_count() == 1);

    rlimit unlimited{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &unlimited) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit full{1000, unlimited.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &full) == 0);
    const std::vector<std::byte> large(5000);
    const std::vector<TensorView> tensors{{"x", "U8", {5000}, large}};
    const auto message = error_of<FileError>([&] { write_safetensors(path, {}, tensors); });
    setrlimit(RLIMIT_FSIZE, &unlimited);
    std::signal(SIGXFSZ, handler);
    CHECK(message == path.string() + ": cannot be written: File too large");
    CHECK(read_file(path) == "old");
    CHECK(folder.entry_count() == 1);

    CHECK(error_of<FileError>([&] { AtomicFile(folder / "missing/file"); }) ==
          (folder / "missing/file").string() +
              ": cannot be written: no temporary file beside it: No such file or directory");
    CHECK(error_of<FileError>([&] {
              AtomicFile(folder / "");
          }).ends_with("found something not a regular file; expected a file"));
    CHECK(error_of<FileError>([] { AtomicFile("/dev/null"); }) ==
          "/dev/null: cannot be written: found something not a regular file; expected a file");
}

TEST_CASE("atomic file: replaces content, keeps permissions, follows links") {
    const TemporaryFolder folder;
    const auto path = folder / "file";
    write_file(path, "old");
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    fs::create_symlink("file", folder / "link");
    {
        AtomicFile file(folder / "link");
        file.write("new");
        file.commit();
    }
    CHECK(read_file(path) == "new");
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(folder.entry_count() == 2);
}
