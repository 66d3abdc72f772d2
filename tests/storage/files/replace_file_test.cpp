// SPDX-License-Identifier: Apache-2.0
#include "storage/files/replace_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace seep;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("seep_replace_" + std::to_string(getpid()));
  Folder() { fs::create_directory(path); }
  ~Folder() { fs::remove_all(path); }
};

std::string Content(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a file is made, then replaced, with its permissions, and nothing is left beside it") {
  const Folder folder;
  const fs::path file = folder.path / "policy.toml";
  REQUIRE(files::Replace(file, "one\n"));
  chmod(file.c_str(), 0640);
  REQUIRE(files::Replace(file, "two\n"));
  CHECK(Content(file) == "two\n");
  CHECK(fs::status(file).permissions() == fs::perms(0640));
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("a symbolic link stays one") {
  const Folder folder;
  REQUIRE(files::Replace(folder.path / "real.toml", "one\n"));
  fs::create_symlink("real.toml", folder.path / "link.toml");
  REQUIRE(files::Replace(folder.path / "link.toml", "two\n"));
  CHECK(fs::is_symlink(folder.path / "link.toml"));
  CHECK(Content(folder.path / "real.toml") == "two\n");
}

TEST_CASE("a folder that is not there is said") {
  const auto status = files::Replace("/nowhere/policy.toml", "one\n");
  REQUIRE_FALSE(status);
  CHECK(status.error().message.find("/nowhere/policy.toml") != std::string::npos);
}
