// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/load_windows.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "storage/model/latency.h"

namespace seep::endpoint {
namespace {

constexpr double kDisorder_s = 2;  // between answers of the threads of a tool
constexpr double kLongestSilence_s = 60;
constexpr double kMostFuture_s = 5;
// Beyond that neighbours of few answers are put together: 48 hours of a busy service with twenty
// operations stay within what a report can hold.
constexpr size_t kMostBuckets = 512;  // of all together
constexpr size_t kMostOperationBuckets = 128;

bool IsSound(double number) {
  return std::isfinite(number) && number >= 0;
}

}  // namespace

// Nothing: not of the run, and counted.
std::optional<double> LoadWindows::TimeInRun(double at_s) {
  const double t_s = at_s - settings_.run_started_at_s;
  if (!(t_s >= 0)) {
    ++counts_.before_run;
    return std::nullopt;
  }
  if (t_s > now_s_ + kMostFuture_s) {
    ++counts_.in_future;
    return std::nullopt;
  }
  return t_s;
}

double LoadWindows::BeginOf(size_t window) {
  while (begins_.size() <= window) {
    begins_.push_back(begins_.back() +
                      std::max(kShortestWindow_s, settings_.length(begins_.back())));
  }
  return begins_[window];
}

size_t LoadWindows::WindowAt(double t_s) {
  while (BeginOf(begins_.size() - 1) <= t_s) BeginOf(begins_.size());
  const auto behind = std::ranges::upper_bound(begins_, t_s);
  return static_cast<size_t>(behind - begins_.begin()) - 1;
}

LoadWindows::Window* LoadWindows::Find(double t_s) {
  const size_t number = WindowAt(t_s);
  if (number < next_) return nullptr;
  latest_s_ = std::max(latest_s_, t_s);
  return &open_[number];
}

LoadWindows::Sums& LoadWindows::SumsOf(Window& window, size_t operation) {
  if (window.by_operation.size() <= operation) window.by_operation.resize(operation + 1);
  return window.by_operation[operation];
}

void LoadWindows::Take(const Answer& answer) {
  const auto t_s = TimeInRun(answer.at_s);
  if (!t_s) return;
  Window* window = Find(*t_s);
  if (window == nullptr) {
    ++counts_.late;
    return;
  }
  ++counts_.answers;
  const int cell = model::LatencyCell(answer.took_s);
  const size_t operation = operations_.PlaceOf(answer.operation);
  for (const size_t each : {size_t{0}, operation}) {
    Sums& sums = SumsOf(*window, each);
    sums.requests += 1;
    sums.errors += answer.is_error ? 1 : 0;
    sums.cells[cell] += 1;
    if (operation == 0) break;
  }
}

// Spread evenly over the windows that it goes through.
void LoadWindows::Take(const AnswerSummary& summary) {
  const double begin_s = summary.begin_s - settings_.run_started_at_s;
  const double end_s = summary.end_s - settings_.run_started_at_s;
  const bool is_sound = IsSound(summary.requests) && IsSound(summary.errors) && end_s > begin_s;
  if (!is_sound || !TimeInRun(summary.end_s)) return;
  const size_t operation = operations_.PlaceOf(summary.operation);
  double from_s = std::max(0.0, begin_s);
  for (size_t number = WindowAt(from_s); from_s < end_s; ++number) {
    const double to_s = std::min(end_s, BeginOf(number + 1));
    AnswerSummary part = summary;
    const double share = (to_s - from_s) / (end_s - begin_s);
    part.requests *= share;
    part.errors *= share;
    for (model::LatencyBucket& bucket : part.latency) bucket.count *= share;
    Add(operation, part, from_s, to_s);
    from_s = to_s;
  }
}

void LoadWindows::Add(size_t operation, const AnswerSummary& part, double begin_s, double end_s) {
  const auto answers = static_cast<uint64_t>(std::lround(part.requests));
  Window* window = Find(begin_s);
  if (window == nullptr) {
    counts_.late += answers;
    return;
  }
  latest_s_ = std::max(latest_s_, end_s);
  if (operation == 0) counts_.answers += answers;
  Sums& sums = SumsOf(*window, operation);
  sums.requests += part.requests;
  sums.errors += part.errors;
  sums.parts.insert(sums.parts.end(), part.latency.begin(), part.latency.end());
}

void LoadWindows::TakeConcurrency(double at_s, double users) {
  const auto t_s = TimeInRun(at_s);
  Window* window = t_s && IsSound(users) ? Find(*t_s) : nullptr;
  if (window == nullptr) return;
  window->users += users;
  ++window->users_told;
}

void LoadWindows::Give(size_t number, double end_s, std::vector<model::LoadWindow>* given) {
  const auto found = open_.find(number);
  Window window = found == open_.end() ? Window{} : std::move(found->second);
  if (found != open_.end()) open_.erase(found);
  const auto& names = operations_.names();
  for (size_t place = 0; place < names.size(); ++place) {
    Sums& sums = SumsOf(window, place);
    model::LoadWindow told{.begin_s = BeginOf(number),
                           .end_s = end_s,
                           .source = settings_.source,
                           .operation = names[place],
                           .requests = sums.requests,
                           .errors = sums.errors,
                           .expected_interval_s = settings_.expected_interval_s};
    if (place == 0 && window.users_told > 0) told.concurrency = window.users / window.users_told;
    told.latency = model::MergeLatency(std::move(sums.parts));
    for (const auto& [cell, count] : sums.cells) {
      told.latency.push_back({model::LatencyEdge(cell), model::LatencyEdge(cell + 1), count});
    }
    told.latency = model::CoarsenLatency(std::move(told.latency),
                                         place == 0 ? kMostBuckets : kMostOperationBuckets);
    given->push_back(std::move(told));
  }
}

std::vector<model::LoadWindow> LoadWindows::TakeUntil(double horizon_s) {
  std::vector<model::LoadWindow> given;
  while (!open_.empty()) {
    // Nothing is known of the time before the first.
    if (!has_given_) next_ = open_.begin()->first;
    const double end_s = BeginOf(next_ + 1);
    if (end_s > horizon_s) break;
    Give(next_, end_s, &given);
    has_given_ = true;
    ++next_;
  }
  return given;
}

std::vector<model::LoadWindow> LoadWindows::TakeComplete(bool is_all_read) {
  const double silent_s = is_all_read ? now_s_ - kLongestSilence_s : 0;
  return TakeUntil(std::max(latest_s_ - kDisorder_s, silent_s));
}

std::vector<model::LoadWindow> LoadWindows::TakeAll() {
  auto given = TakeUntil(now_s_);
  if (open_.empty()) return given;
  if (!has_given_) next_ = open_.begin()->first;
  // What is a moment in the future counts as now.
  while (!open_.empty()) {
    const double end_s = std::min(BeginOf(next_ + 1), std::max(now_s_, latest_s_));
    if (end_s > BeginOf(next_)) Give(next_, end_s, &given);
    open_.erase(next_);
    has_given_ = true;
    ++next_;
  }
  return given;
}

}  // namespace seep::endpoint
