// SPDX-License-Identifier: Apache-2.0
// One real service in five builds (tests/targets/requests.cpp), each under `seep run` for some
// seconds, all at once: the compiler's names and inlining, not made-up ones.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "agent/commands/frame_resolver.h"
#include "analysis/regression/compare_stacks.h"
#include "storage/sqlite/queries.h"

using namespace seep;
using model::StackChange;
using model::StackChangeClass;

namespace {

const std::string kPrograms = BIN_DIR;

// A temporary folder, gone at the end. On tmpfs, as ledgers have to be.
class Folder {
 public:
  Folder() {
    std::string path = "/dev/shm/seep_builds_XXXXXX";
    REQUIRE(mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

FILE* Start(const Folder& folder, const std::string& name, const std::string& build) {
  std::filesystem::create_directory(folder.path("ledgers"));
  const std::string command = "SEEP_CPU_BUDGET=0 SEEP_DIR=" + folder.path("ledgers") + " " +
                              kPrograms + "/seep run --quiet --db " + folder.path(name) +
                              " --interval 8KiB -- " + kPrograms + "/seep_zoo_request_" + build +
                              " --seconds 8 2>" + folder.path(name + ".err");
  return popen(command.c_str(), "r");
}

// As the program tells at its end.
double RequestsOf(FILE* pipe) {
  std::string output;
  std::array<char, 256> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) output += piece.data();
  REQUIRE(pclose(pipe) != -1);
  const size_t at = output.find("requests=");
  INFO(output);
  REQUIRE(at != std::string::npos);
  return std::atof(output.c_str() + at + 9);
}

// All that was allocated in the run, not only after its warm-up.
model::RunSummary Summarize(const std::string& path, double requests) {
  auto database = sqlite::Database::Open(path, sqlite::OpenMode::kReadOnly);
  REQUIRE(database);
  const auto run = sqlite::FindRun(*database, "latest");
  REQUIRE(run);
  const auto data = sqlite::LoadRun(*database, run->id);
  REQUIRE(data);
  model::RunSummary summary;
  summary.judged_s = data->run.duration_s;
  summary.requests = requests;
  agent::FrameResolver resolver(nullptr, data->modules, nullptr);
  for (const model::StackHistory& history : data->stacks) {
    if (history.points.empty()) continue;
    const model::StackPoint& last = history.points.back();
    model::StackSummary stack;
    stack.kind = history.stack.kind;
    stack.frames = resolver.ResolveStack(history.stack);
    stack.alloc_bytes = last.alloc_bytes;
    stack.alloc_objects = last.alloc_objects;
    stack.alloc_samples = last.alloc_samples;
    summary.stacks.push_back(std::move(stack));
  }
  return summary;
}

// By build.
using Runs = std::map<std::string, std::vector<model::RunSummary>>;
Runs RunAll() {
  const Folder folder;
  std::vector<std::pair<std::string, FILE*>> started;
  for (const char* build : {"base", "base", "base", "base_o0", "more", "refactored"}) {
    started.emplace_back(build, Start(folder, std::to_string(started.size()), build));
  }
  Runs runs;
  for (size_t i = 0; i < started.size(); ++i) {
    const double requests = RequestsOf(started[i].second);
    runs[started[i].first].push_back(Summarize(folder.path(std::to_string(i)), requests));
  }
  return runs;
}

bool HasFunction(const std::vector<model::SourceFrame>& frames, const std::string& name) {
  return std::ranges::any_of(frames, [&name](const model::SourceFrame& frame) {
    return frame.function.find(name) != std::string::npos;
  });
}

// Those of the seven places; main itself allocates nothing that matters.
std::vector<StackChange> Places(std::vector<StackChange> changes) {
  std::erase_if(changes, [](const StackChange& change) {
    return std::max(change.alloc_bytes, change.base_alloc_bytes) < 100;
  });
  return changes;
}

std::string Show(const std::vector<StackChange>& changes) {
  std::string text;
  for (const StackChange& change : changes) {
    text += std::string(model::ToString(change.change)) + ": " + change.explanation + "\n";
    for (const auto& frame : change.frames) text += "    " + frame.function + "\n";
    for (const auto& frame : change.base_frames) text += "  < " + frame.function + "\n";
  }
  return text;
}

size_t Regressions(const std::vector<StackChange>& changes) {
  return static_cast<size_t>(std::ranges::count_if(changes, &StackChange::is_regression));
}

void CheckUnchanged(const std::vector<StackChange>& changes) {
  INFO(Show(changes));
  CHECK(changes.size() >= 7);
  for (const StackChange& change : changes) {
    CHECK(change.fingerprint == change.base_fingerprint);
    CHECK(change.change == StackChangeClass::kSame);
  }
}

void CheckMore(const std::vector<StackChange>& changes) {
  INFO(Show(changes));
  REQUIRE(Regressions(changes) == 1);
  const StackChange& grown = changes.front();
  CHECK(grown.change == StackChangeClass::kGrown);
  CHECK(HasFunction(grown.frames, "RenderPage"));
  CHECK(grown.alloc_difference_low < 1024);
  CHECK(grown.alloc_difference_high > 1024);
}

void CheckRefactored(const std::vector<StackChange>& changes) {
  INFO(Show(changes));
  CHECK(Regressions(changes) == 0);
  const auto has_moved = [&](const std::string& now, const std::string& before) {
    return std::ranges::any_of(changes, [&](const StackChange& change) {
      return change.change == StackChangeClass::kMoved && HasFunction(change.frames, now) &&
             HasFunction(change.base_frames, before);
    });
  };
  CHECK(has_moved("ReceiveBody", "ReadBody"));
  CHECK(has_moved("PageBuilder::Build", "RenderPage"));
}

}  // namespace

TEST_CASE("one service in five builds: what is the same, more, and moved") {
  const Runs runs = RunAll();
  const auto base = std::span(runs.at("base")).first(2);
  const auto compare = [&](const std::string& build) {
    return Places(analysis::CompareStacks(base, runs.at(build).back()));
  };
  CheckUnchanged(compare("base"));
  CheckUnchanged(compare("base_o0"));  // nothing is inlined there
  CheckMore(compare("more"));
  CheckRefactored(compare("refactored"));
}
