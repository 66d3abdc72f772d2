// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/executable.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

using namespace seep;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("seep-executable-" + std::to_string(getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::string Write(const std::string& name, const std::string& content, mode_t mode) const {
    const fs::path file = path / name;
    std::ofstream(file) << content;
    chmod(file.c_str(), mode);
    return file;
  }
};

}  // namespace

TEST_CASE("a dynamic program can have the probe, by path and by name") {
  CHECK(agent::InspectExecutable("/bin/true")->probe_obstacle.empty());
  const auto found = agent::InspectExecutable("true");
  REQUIRE(found);
  CHECK(found->path.ends_with("/true"));
}

TEST_CASE("a static program cannot, and a script is what its interpreter is") {
  CHECK(agent::InspectExecutable(SEEP_STATIC_PROGRAM)->probe_obstacle == "statically linked");
  const Folder folder;
  const std::string script = folder.Write("script", "#! /bin/sh -e\ntrue\n", 0755);
  CHECK(agent::InspectExecutable(script)->probe_obstacle.empty());
  const std::string nested = folder.Write("nested", "#!" SEEP_STATIC_PROGRAM "\n", 0755);
  CHECK(agent::InspectExecutable(nested)->probe_obstacle == "statically linked");
  const std::string endless = folder.Write("endless", "", 0755);
  std::ofstream(endless) << "#!" << endless << "\n";
  CHECK(agent::InspectExecutable(endless));
}

TEST_CASE("a program built with a sanitizer is left without the probe, which would end it") {
  const Folder folder;
  const std::string source = folder.Write("x.c", "int main(void) { return 0; }\n", 0644);
  const std::string program = folder.path / "sanitized";
  REQUIRE(system(("gcc -fsanitize=address -o " + program + " " + source).c_str()) == 0);
  CHECK(agent::InspectExecutable(program)->probe_obstacle == "built with a sanitizer");
}

TEST_CASE("a program of musl is left without the probe, which needs glibc") {
  const Folder folder;
  const std::string source = folder.Write("x.c", "int main(void) { return 0; }\n", 0644);
  const std::string program = folder.path / "musl";
  REQUIRE(system(("gcc -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1 -o " + program + " " + source)
                     .c_str()) == 0);
  CHECK(agent::InspectExecutable(program)->probe_obstacle == "linked with musl");
}

TEST_CASE("what is missing or no program is refused by name") {
  const Folder folder;
  const auto missing = agent::InspectExecutable("/no/such/program");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.find("/no/such/program") != std::string::npos);
  CHECK_FALSE(agent::InspectExecutable("no-such-program-in-path"));
  CHECK(agent::InspectExecutable(folder.Write("data", "x", 0644)).error().code ==
        model::Errc::kInvalidArgument);
  CHECK_FALSE(agent::InspectExecutable(folder.path));
}
