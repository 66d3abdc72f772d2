// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/retention.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "storage/sqlite/reduce_load.h"
#include "storage/sqlite/reduce_points.h"
#include "storage/sqlite/remove_run.h"

namespace seep::sqlite {
namespace {

using model::Result;

// Given back in one step: at most so many pages have to be moved.
constexpr int kPagesPerStep = 500;
// Free pages that are kept for what is written next, of all.
constexpr int64_t kKeptFreeShare = 50;

struct RunAge {
  model::RunId id{};
  double age_s = 0;    // since its start
  double ended_s = 0;  // since its end; of one that is finished
  bool is_finished = false;

  // Rows of the run from before this time are older than `keep_s`.
  double Cut(double keep_s) const {
    if (!is_finished) return age_s - keep_s;
    return ended_s >= keep_s ? std::numeric_limits<double>::infinity() : 0;
  }
};

Result<std::vector<RunAge>> Runs(Database& database, int64_t now_ns) {
  std::vector<RunAge> runs;
  RunAge run;
  int64_t started_at_ns = 0;
  double duration_s = 0;
  Rows rows = database.Query(
      "SELECT run_id, started_at_ns, duration_s, is_finished FROM run "
      "WHERE run_id NOT IN (SELECT run_id FROM run_removal) ORDER BY run_id");
  while (rows.Next(run.id, started_at_ns, duration_s, run.is_finished)) {
    run.age_s = static_cast<double>(now_ns - started_at_ns) / 1e9;
    run.ended_s = run.age_s - duration_s;
    runs.push_back(run);
  }
  if (!rows.status()) return std::unexpected(rows.status().error());
  return runs;
}

struct Pages {
  int64_t all = 0;
  int64_t free = 0;
  int64_t bytes = 0;  // of one
  int64_t used_bytes() const { return (all - free) * bytes; }
};
Result<Pages> CountPages(Database& database) {
  Pages pages;
  Rows rows = database.Query(
      "SELECT page_count, freelist_count, page_size FROM pragma_page_count, "
      "pragma_freelist_count, pragma_page_size");
  rows.Next(pages.all, pages.free, pages.bytes);
  if (!rows.status()) return std::unexpected(rows.status().error());
  return pages;
}

// The portions of one call. Each function does one; false: there is none of its kind.
class Portions {
 public:
  Portions(Database& database, const RetentionPolicy& policy, std::vector<RunAge> runs)
      : database_(&database), policy_(policy), runs_(std::move(runs)) {}

  Result<bool> Next() {
    for (const auto kind : {&Portions::Reduce, &Portions::Remove, &Portions::Shrink}) {
      auto has_done = (this->*kind)();
      if (!has_done || *has_done) return has_done;
    }
    return false;
  }

  Retained retained;

 private:
  Result<bool> Reduce() {
    for (; next_run_ < runs_.size(); ++next_run_) {
      const RunAge& run = runs_[next_run_];
      for (const auto& [reduction, keep_s] :
           {std::pair(Reduction::kToMinutes, policy_.raw_s),
            std::pair(Reduction::kToTenMinutes, std::max(policy_.minute_s, policy_.raw_s))}) {
        const auto gone = ReduceSome(*database_, run.id, reduction, run.Cut(keep_s));
        if (!gone) return std::unexpected(gone.error());
        retained.reduced_rows += *gone;
        if (*gone > 0) return true;
      }
      const auto windows = ReduceLoad(*database_, run.id, run.Cut(policy_.raw_s));
      if (!windows) return std::unexpected(windows.error());
      retained.reduced_rows += *windows;
      if (*windows > 0) return true;
    }
    return false;
  }

  Result<bool> Remove() {
    auto run = RunInRemoval(*database_);
    if (!run) return std::unexpected(run.error());
    if (*run) {
      if (auto s = RemoveSome(*database_, **run); !s) return std::unexpected(s.error());
      return true;
    }
    if (policy_.size_cap_bytes <= 0) return false;
    const auto pages = CountPages(*database_);
    if (!pages) return std::unexpected(pages.error());
    if (pages->used_bytes() <= policy_.size_cap_bytes) return false;
    const auto name = BeginRemoval(*database_);
    if (!name) return std::unexpected(name.error());
    retained.is_over_cap = !*name;
    if (*name) retained.removed_runs.push_back(**name);
    return name->has_value();
  }

  // Of no effect, and no error, in a file that cannot shrink (migrate.h).
  Result<bool> Shrink() {
    const auto before = CountPages(*database_);
    if (!before) return std::unexpected(before.error());
    const int64_t too_many = before->free - before->all / kKeptFreeShare;
    if (too_many <= 0) return false;
    const std::string step = "PRAGMA incremental_vacuum(" +
                             std::to_string(std::min<int64_t>(too_many, kPagesPerStep)) + ")";
    if (auto s = database_->RunScript(step.c_str()); !s) return std::unexpected(s.error());
    const auto after = CountPages(*database_);
    if (!after) return std::unexpected(after.error());
    retained.freed_pages += before->all - after->all;
    return after->all < before->all;
  }

  Database* database_;
  RetentionPolicy policy_;
  std::vector<RunAge> runs_;
  size_t next_run_ = 0;  // those before it have nothing to reduce
};

}  // namespace

Result<Retained> Retain(Database& database, const RetentionPolicy& policy, int64_t now_ns) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(policy.budget_s);
  auto runs = Runs(database, now_ns);
  if (!runs) return std::unexpected(runs.error());
  Portions portions(database, policy, std::move(*runs));
  do {
    const auto has_done = portions.Next();
    if (!has_done) return std::unexpected(has_done.error());
    portions.retained.is_done = !*has_done;
  } while (!portions.retained.is_done && Clock::now() < end);
  return std::move(portions.retained);
}

}  // namespace seep::sqlite
