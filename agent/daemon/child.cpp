// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/child.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

namespace seep::agent {
namespace {

constexpr int kNice = 10;  // the services come first

}  // namespace

model::Result<pid_t> StartChild(std::span<const std::string> words,
                                std::optional<model::Descriptor>& output) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return model::FailErrno("starting seep");
  output.emplace(ends[0]);
  const model::Descriptor write_end(ends[1]);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);

  std::string program = "seep";
  std::vector<std::string> copies(words.begin(), words.end());
  std::vector<char*> arguments{program.data()};
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int failure =
      posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0) {
    output.reset();
    errno = failure;
    return model::FailErrno("starting seep");
  }
  setpriority(PRIO_PROCESS, static_cast<id_t>(pid), kNice);
  return pid;
}

}  // namespace seep::agent
