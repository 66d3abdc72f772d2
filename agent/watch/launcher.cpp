// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/launcher.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace seep::agent {
namespace {

using model::Errc;
using model::Fail;

// "NAME=VALUE" of the inherited environment with the plan's changes, made before the fork: the
// child may only call what is async-signal-safe.
std::vector<std::string> MakeEnvironment(const LaunchPlan& plan) {
  std::vector<std::pair<std::string, std::string>> variables;
  const auto set = [&variables](std::string_view name, std::string_view value) {
    for (auto& [known, old_value] : variables) {
      if (known == name) {
        old_value = value;
        return;
      }
    }
    variables.emplace_back(name, value);
  };
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) set(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const auto& [name, value] : plan.environment) set(name, value);
  if (!plan.probe_path.empty()) {
    std::string preload;
    for (const auto& [name, value] : variables) {
      if (name == "LD_PRELOAD" && !value.empty()) preload = value + ":";
    }
    // Last: what the user preloads calls on to us, and sees the target first.
    set("LD_PRELOAD", preload + plan.probe_path);
  }
  std::vector<std::string> entries;
  for (const auto& [name, value] : variables) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

model::Result<pid_t> Launch(const LaunchPlan& plan) {
  std::vector<std::string> arguments = plan.command;
  std::vector<std::string> environment = MakeEnvironment(plan);
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> envp = Pointers(environment);
  // Closed by a successful exec; else it carries errno back.
  std::array<int, 2> report{};
  if (pipe2(report.data(), O_CLOEXEC) != 0) return model::FailErrno("starting the target: pipe");

  const pid_t child = fork();
  if (child == 0) {
    sigprocmask(SIG_SETMASK, &plan.signal_mask, nullptr);
    execve(plan.program_path.c_str(), argv.data(), envp.data());
    const int cause = errno;
    [[maybe_unused]] const ssize_t written = write(report[1], &cause, sizeof(cause));
    _exit(127);
  }
  close(report[1]);
  if (child < 0) {
    close(report[0]);
    return model::FailErrno("starting the target: fork");
  }
  int cause = 0;
  ssize_t bytes;
  do {
    bytes = read(report[0], &cause, sizeof(cause));
  } while (bytes < 0 && errno == EINTR);
  close(report[0]);
  if (bytes == sizeof(cause)) {
    waitpid(child, nullptr, 0);
    return Fail(Errc::kInvalidArgument,
                "program " + plan.program_path + " cannot be started: " + std::strerror(cause));
  }
  return child;
}

model::Result<std::string> FindProbe() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (const char* chosen = std::getenv("SEEP_LIB"); chosen != nullptr && chosen[0] != '\0') {
    if (fs::is_regular_file(chosen, ignored)) return fs::absolute(chosen, ignored).string();
    return Fail(Errc::kNotFound, std::string("probe ") + chosen +
                                     " ($SEEP_LIB) does not exist; unset SEEP_LIB, or set it to "
                                     "the path of libseep.so");
  }
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path().parent_path();
  const std::array places{folder / "lib/libseep.so", folder / "lib/seep/libseep.so"};
  for (const fs::path& place : places) {
    if (fs::is_regular_file(place, ignored)) return place.string();
  }
  return Fail(Errc::kNotFound, "probe libseep.so is not in " + places[0].string() + " nor " +
                                   places[1].string() + "; install it, or set SEEP_LIB");
}

}  // namespace seep::agent
