// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/process_tree.h"

#include <algorithm>
#include <utility>

#include "agent/watch/clock.h"

namespace seep::agent {

model::Status ProcessTree::Add(pid_t pid, double t_s) {
  const auto identity = proc::ReadIdentity(pid);
  if (!identity || identity->is_zombie) {
    return model::Fail(model::Errc::kNotFound,
                       "process " + std::to_string(pid) + " does not exist; check the pid");
  }
  targets_.push_back(std::make_unique<TargetWatch>(*identity, run_started_s_, t_s));
  return {};
}

void ProcessTree::AddEnded(const LedgerFile& ledger, const std::string& exe, double t_s) {
  proc::ProcessIdentity identity;
  identity.pid = ledger.pid;
  identity.start_ticks = ledger.start_ticks;
  targets_.push_back(std::make_unique<TargetWatch>(identity, run_started_s_, t_s));
  targets_.back()->MarkEndedBefore(exe);
}

TargetWatch* ProcessTree::Find(pid_t pid) const {
  const auto found = std::find_if(targets_.begin(), targets_.end(), [pid](const auto& target) {
    return target->pid() == pid && !target->has_ended();
  });
  return found != targets_.end() ? found->get() : nullptr;
}

void ProcessTree::Discover(double t_s, pid_t adopter) {
  if (adopter != 0) DiscoverBelow(adopter, t_s);
  // By index: children found on the way are looked at, too.
  for (size_t i = 0; i < targets_.size(); ++i) {
    if (!targets_[i]->has_ended()) DiscoverBelow(targets_[i]->pid(), t_s);
  }
}

void ProcessTree::DiscoverBelow(pid_t pid, double t_s) {
  for (const pid_t child : proc::ReadChildren(pid)) {
    if (Find(child) != nullptr) continue;
    const auto identity = proc::ReadIdentity(child);
    if (!identity || identity->is_zombie) continue;
    targets_.push_back(std::make_unique<TargetWatch>(*identity, run_started_s_, t_s));
  }
}

size_t ProcessTree::living() const {
  return static_cast<size_t>(std::count_if(
      targets_.begin(), targets_.end(), [](const auto& target) { return !target->has_ended(); }));
}

std::vector<std::string> ProcessTree::LookForUnseen(double t_s) {
  constexpr double kMostSeconds = 0.02;
  std::vector<TargetWatch*> due;
  for (const auto& target : targets_) {
    if (!target->has_ended() && target->next_look_s() <= t_s) due.push_back(target.get());
  }
  std::stable_sort(due.begin(), due.end(), [](const TargetWatch* a, const TargetWatch* b) {
    return a->next_look_s() < b->next_look_s();
  });
  std::vector<std::string> lines;
  const double started_s = MonotonicSeconds();
  for (TargetWatch* target : due) {
    if (MonotonicSeconds() - started_s > kMostSeconds) break;
    for (std::string& line : target->LookForUnseen(t_s)) lines.push_back(std::move(line));
  }
  return lines;
}

void ProcessTree::DropEnded() {
  std::erase_if(targets_, [](const auto& target) { return target->has_ended(); });
}

}  // namespace seep::agent
