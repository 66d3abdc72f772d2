// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/ledger_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <unordered_map>
#include <utility>

#include "agent/watch/clock.h"
#include "agent/watch/heap_tracker.h"
#include "agent/watch/unseen_allocators.h"
#include "probes/proc/own_pid.h"
#include "probes/proc/process_sample.h"

namespace seep::agent {
namespace {

namespace metric = model::metric;

constexpr model::TargetId kTarget{1};

// Its pid may belong to somebody else by now, and after a reboot all of them do.
std::optional<pid_t> FindWriter(const ledger::LedgerIdentity& identity) {
  if (proc::ReadBootId() != identity.boot_id) return std::nullopt;
  return proc::LivingProcesses().Find(static_cast<pid_t>(identity.pid), identity.start_ticks);
}

model::Run DescribeRun(const ledger::LedgerIdentity& identity) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  model::Run run;
  run.name =
      fmt::format("{}-{}", std::filesystem::path(identity.exe).filename().string(), identity.pid);
  run.started_at_ns = static_cast<int64_t>(identity.created_realtime_ns);
  run.is_finished = true;  // there is nothing more to come
  run.host = host.data();
  run.boot_id = identity.boot_id;
  run.seep_version = SEEP_VERSION;
  run.interval_bytes = identity.base_interval_bytes;
  return run;
}

model::Target DescribeTarget(const ledger::LedgerIdentity& identity, std::optional<pid_t> pid) {
  model::Target target;
  target.id = kTarget;
  target.pid = pid.value_or(static_cast<pid_t>(identity.pid));
  target.start_ticks = identity.start_ticks;
  target.parent_pid = static_cast<int>(identity.parent_pid);
  target.exe = identity.exe;
  if (pid) target.command_line = proc::ReadCommandLine(*pid);
  target.probe = "active";
  return target;
}

void AddSeries(const char* name, double t_s, double bytes, model::RunData* data) {
  const auto id = static_cast<model::SeriesId>(data->series.size() + 1);
  data->series.push_back({{id, kTarget, name, "bytes"}, {{t_s, bytes}}});
}

// What the database makes of a tick: modules and stacks get ids. Of a damaged ledger a change may
// belong to a stack that it has not announced.
void AddHeap(model::HeapDelta delta, model::RunData* data) {
  for (const model::LedgerModule& announced : delta.new_modules) {
    model::Module module = announced.module;
    module.id = static_cast<model::ModuleId>(announced.ledger_id);
    data->modules.push_back(std::move(module));
  }
  std::unordered_map<uint32_t, size_t> by_slot;
  for (model::Stack& stack : delta.new_stacks) {
    stack.id = static_cast<model::StackId>(data->stacks.size() + 1);
    stack.target = kTarget;
    by_slot[stack.slot] = data->stacks.size();
    data->stacks.push_back({std::move(stack), {}, {}, delta.ledger_started_s});
  }
  for (const auto& [slot, point] : delta.changed) {
    const auto found = by_slot.find(slot);
    if (found != by_slot.end()) data->stacks[found->second].points.push_back(point);
  }
  for (const auto& [slot, bin] : delta.survivors) {
    const auto found = by_slot.find(slot);
    if (found != by_slot.end()) data->stacks[found->second].survivors.push_back(bin);
  }
}

// A probe that made no ledger left a link whose text is the reason.
model::Status RefuseFailed(const std::string& path) {
  if (!path.ends_with(ledger::kFailedSuffix)) return {};
  std::error_code failure;
  const auto reason = std::filesystem::read_symlink(path, failure);
  if (failure) return {};
  return model::Fail(
      model::Errc::kNotFound,
      fmt::format("{} is no ledger; the probe could not make one: {}", path, reason.string()));
}

}  // namespace

model::Result<model::RunData> ReadLedgerAsRun(const std::string& path) {
  if (auto ledger = RefuseFailed(path); !ledger) return std::unexpected(ledger.error());
  auto reader = ledger::Reader::Open(path);
  if (!reader) return std::unexpected(reader.error());
  const ledger::LedgerIdentity identity = reader->identity();
  const double made_s = static_cast<double>(identity.created_monotonic_ns) / 1e9;
  const std::optional<pid_t> pid = FindWriter(identity);
  const double t_s = pid ? std::max(0.0, MonotonicSeconds() - made_s) : reader->LastSampleSeconds();
  HeapTracker tracker(std::move(*reader), made_s);
  auto observed = tracker.Observe(t_s);
  if (!observed) return std::unexpected(observed.error());

  model::RunData data;
  data.run = DescribeRun(identity);
  data.run.duration_s = t_s;
  data.targets.push_back(DescribeTarget(identity, pid));
  data.targets.front().last_seen_s = t_s;
  AddSeries(metric::kHeapLive, t_s, observed->live_bytes, &data);
  AddSeries(metric::kHeapLiveSe, t_s, observed->live_se_bytes, &data);
  AddSeries(metric::kHeapAlloc, t_s, observed->alloc_bytes, &data);
  AddSeries(metric::kMappedLive, t_s, observed->mapped_bytes, &data);
  AddHeap(std::move(observed->delta), &data);
  if (pid) {
    for (std::string& line : UnseenAllocators().Look(data.targets.front())) {
      data.events.push_back({t_s, "coverage", std::move(line)});
    }
  }
  const auto warn = [&](std::string text) {
    data.events.push_back({t_s, "warning", std::move(text)});
  };
  warn(pid ? "the process is running: this is its heap now"
           : "the process has ended, nobody saw how: this is its heap at that moment, and "
             "times are counted to its last sample");
  if (observed->interval_bytes != identity.base_interval_bytes) {
    warn(fmt::format("T is {} B now and was {} B at the start", observed->interval_bytes,
                     identity.base_interval_bytes));
  }
  for (std::string& loss : tracker.Losses()) warn(std::move(loss));
  return data;
}

}  // namespace seep::agent
