// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/verdict_watch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <nlohmann/json.hpp>

#include "storage/model/error.h"

namespace seep::agent {
namespace {

constexpr double kLongestSeconds = 120;
constexpr size_t kLongestReport = 64 << 20;
constexpr int kNice = 10;  // the services come first

std::optional<ServiceVerdict> Parse(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("verdict")) return std::nullopt;
  ServiceVerdict verdict;
  const auto& said = json["verdict"];
  verdict.growth_class = said.value("class", "");
  verdict.confidence = said.value("confidence", "");
  verdict.summary = said.value("summary", "");
  verdict.exit_code = said.value("exit_code", 0);
  for (const auto& stack : json.value("stacks", nlohmann::json::array())) {
    ServiceVerdict::Stack& growing = verdict.stacks.emplace_back();
    growing.fingerprint = stack.value("fingerprint", "");
    const auto frames = stack.value("frames", nlohmann::json::array());
    if (!frames.empty()) growing.function = frames.front().value("function", "");
    growing.growth_bytes_per_hour = stack.value("growth_bytes_per_hour", 0.0);
    growing.least_bytes_per_hour = stack.value("ci_low", 0.0);
  }
  return verdict;
}

}  // namespace

void VerdictWatch::Update(double now_s, const std::vector<model::RunId>& runs) {
  if (child_ != 0) Take(now_s);
  if (child_ != 0) return;
  std::erase_if(verdicts_, [&runs](const auto& verdict) {
    return std::find(runs.begin(), runs.end(), verdict.first) == runs.end();
  });
  std::optional<model::RunId> oldest;
  for (const model::RunId run : runs) {
    // A run is first judged when it has lived through an interval.
    const double begun_s = begun_s_.try_emplace(run, now_s).first->second;
    if (now_s - begun_s < interval_s_) continue;
    if (!oldest || begun_s < begun_s_[*oldest]) oldest = run;
  }
  if (oldest) Begin(now_s, *oldest);
}

void VerdictWatch::Begin(double now_s, model::RunId run) {
  begun_s_[run] = now_s;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    last_error_ = model::FailErrno("report").error().message;
    return;
  }
  output_.emplace(ends[0]);
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

  std::string id = std::to_string(static_cast<int64_t>(run));
  std::array<std::string, 6> words{"seep", "report", "--json", "--db", database_, id};
  std::array<char*, 7> arguments{};
  std::transform(words.begin(), words.end(), arguments.begin(),
                 [](std::string& word) { return word.data(); });
  const int failure =
      posix_spawn(&child_, "/proc/self/exe", &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0) {
    child_ = 0;
    output_.reset();
    errno = failure;
    last_error_ = model::FailErrno("report").error().message;
    return;
  }
  setpriority(PRIO_PROCESS, static_cast<id_t>(child_), kNice);
  run_ = run;
  child_begun_s_ = now_s;
  text_.clear();
}

void VerdictWatch::Take(double now_s) {
  std::array<char, 1 << 16> part;
  ssize_t count;
  while ((count = read(output_->get(), part.data(), part.size())) > 0) {
    text_.append(part.data(), static_cast<size_t>(count));
    if (text_.size() > kLongestReport) break;
  }
  const bool is_over = count == 0;
  const bool is_too_much =
      text_.size() > kLongestReport || now_s - child_begun_s_ > kLongestSeconds;
  if (is_too_much) {
    last_error_ = fmt::format("the report on run {} took too long", static_cast<int64_t>(run_));
    Abandon();
  } else if (is_over) {
    End(now_s);
  }
}

void VerdictWatch::End(double now_s) {
  int status = 0;
  waitpid(child_, &status, 0);  // its end of the pipe is closed: it is ending
  child_ = 0;
  output_.reset();
  auto verdict = Parse(text_);
  text_ = {};
  if (!verdict) {
    last_error_ = fmt::format("the report on run {} failed", static_cast<int64_t>(run_));
    return;
  }
  verdict->judged_s = now_s;
  verdicts_[run_] = std::move(*verdict);
  last_error_.clear();
}

void VerdictWatch::Abandon() {
  if (child_ == 0) return;
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
  child_ = 0;
  output_.reset();
}

const ServiceVerdict* VerdictWatch::Find(model::RunId run) const {
  const auto found = verdicts_.find(run);
  return found != verdicts_.end() ? &found->second : nullptr;
}

}  // namespace seep::agent
