// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/tick_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/console.h"

namespace seep::agent {
namespace {

using model::Errc;
using resilience::BreakerState;
using resilience::SpooledTick;

constexpr double kPatience_s = 5;  // with other processes, where nothing waits for us
constexpr size_t kMostNotes = 1000;
constexpr char kName[] = "database";
const LogFields kAbout{{"dependency", kName}};

// The database is well, and does not want this tick: its run is gone, or a value is none.
bool IsRefusal(const model::Error& error) {
  return error.code == Errc::kNotFound || error.code == Errc::kInvalidArgument;
}

}  // namespace

TickStoreSettings TickStoreSettingsFor(const std::string& database_path) {
  TickStoreSettings settings;
  settings.spool.path_prefix = database_path + "-spool";
  settings.spool.key = static_cast<uint64_t>(NowNanoseconds(CLOCK_REALTIME));
  return settings;
}

TickStore::TickStore(sqlite::Database& database, TickStoreSettings settings,
                     std::function<double()> clock)
    : database_(database),
      settings_(std::move(settings)),
      clock_(std::move(clock)),
      breaker_(kName, settings_.breaker, settings_.spool.key),
      spool_(settings_.spool) {
  const resilience::SpoolCounts& found = spool_.counts();
  if (found.unreadable_files != 0) {
    Say(fmt::format(
            "{}-*: {} files are of another version of seep, or none of seep's, and are left "
            "as they are",
            spool_.path_prefix(), found.unreadable_files),
        Severity::kWarning, kAbout);
  }
  if (found.adopted == 0 && found.left.missing_ticks == 0) return;
  Say(fmt::format("{}-*: {} ticks that an earlier seep could not store{}", spool_.path_prefix(),
                  found.adopted,
                  found.left.missing_ticks == 0
                      ? ""
                      : fmt::format("; {} more are damaged and lost", found.left.missing_ticks)));
  Flush();
}

void TickStore::Add(sqlite::RunWriter writer) {
  const model::RunId id = writer.run().id;
  left_.erase(id);
  refused_of_.erase(id);  // of another run of that number, whose database is gone
  writers_.insert_or_assign(id, std::move(writer));
}

void TickStore::Record(model::RunId run, model::Tick tick) {
  sqlite::RunWriter& writer = writers_.at(run);
  const bool is_first = spool_.empty();
  if (is_first && breaker_.Admit(clock_())) {
    const Outcome outcome = Try([&] { return writer.Write(tick); }, Urgency::kInTurn);
    if (outcome == Outcome::kRefused) Refuse(run, *refusal_);
    if (outcome != Outcome::kAway) {
      SayBack();
      return;
    }
  }
  spool_.Push(
      {.run = run, .run_started_at_ns = writer.run().started_at_ns, .tick = std::move(tick)});
  if (!is_first) Drain(settings_.drain_s, Urgency::kInTurn);
  if (is_away() && clock_() - away_since_s_ >= settings_.persist_after_s) spool_.Persist();
  SayLosses();
}

void TickStore::Flush() {
  if (spool_.empty()) return;
  breaker_.ProbeNow(clock_());
  Drain(settings_.last_drain_s, Urgency::kLastChance);
  spool_.Persist();
}

void TickStore::Drain(double budget_s, Urgency urgency) {
  const double until_s = clock_() + budget_s;
  while (!spool_.empty()) {
    if (clock_() > until_s || !breaker_.Admit(clock_())) return;
    const auto front = spool_.Front();
    if (!front) break;  // the rest of it was damaged
    const Outcome outcome = Try([&] { return WriteSpooled(*front); }, urgency);
    if (outcome == Outcome::kAway) return;
    if (outcome == Outcome::kRefused) Refuse(front->run, *refusal_);
    spool_.Pop();
  }
  left_.clear();
  SayBack();
}

void TickStore::SayBack() {
  if (failure_) Say("the database takes ticks again", Severity::kNotice, kAbout);
  failure_.reset();
}

model::Status TickStore::WriteSpooled(const SpooledTick& spooled) {
  const auto watched = writers_.find(spooled.run);
  auto* writer = watched == writers_.end() ? nullptr : &watched->second;
  if (writer == nullptr) {
    auto left = left_.find(spooled.run);
    if (left == left_.end()) {
      auto resumed = sqlite::RunWriter::Resume(database_, spooled.run);
      // Its end comes last: it has everything.
      if (!resumed && resumed.error().code == Errc::kInvalidArgument) return {};
      if (!resumed) {
        return model::Fail(
            resumed.error().code,
            fmt::format("ticks of run {} wait in {}-*: {}", static_cast<int64_t>(spooled.run),
                        spool_.path_prefix(), resumed.error().message));
      }
      left = left_.emplace(spooled.run, std::move(*resumed)).first;
    }
    writer = &left->second;
  }
  if (writer->run().started_at_ns != spooled.run_started_at_ns) {
    return model::Fail(
        Errc::kNotFound,
        fmt::format("run {} of {} is not the one that ticks wait for in {}-*",
                    static_cast<int64_t>(spooled.run), database_.path(), spool_.path_prefix()));
  }
  if (spooled.end) return writer->Finish(spooled.end->duration_s, spooled.end->target_exit);
  return writer->WriteUnlessStored(spooled.tick);
}

model::Status TickStore::BringBack() {
  if (!database_.has_moved()) return {};
  if (auto restored = database_.Restore(); !restored) {
    // Whatever it is, it is not the fault of the tick.
    const bool is_refusal = IsRefusal(restored.error());
    return model::Fail(is_refusal ? Errc::kIo : restored.error().code,
                       database_.path() + " was deleted or renamed, and cannot be made anew: " +
                           restored.error().message);
  }
  locks_.clear();
  for (const auto& [id, writer] : writers_) {
    if (auto lock = RunLock::Take(database_.path(), id)) locks_.emplace(id, std::move(*lock));
  }
  AddNote(clock_(), fmt::format("{}: {} was deleted or renamed; made anew with all that it held",
                                kName, database_.path()));
  Say(notes_.back().text, Severity::kWarning, kAbout);
  return {};
}

TickStore::Outcome TickStore::Try(const std::function<model::Status()>& call, Urgency urgency) {
  const double begun_s = clock_();
  auto done = BringBack();
  if (done) {
    database_.SetBusyTimeout(urgency == Urgency::kLastChance ? kPatience_s
                                                             : breaker_.CallTimeout());
    done = call();
  }
  database_.SetBusyTimeout(kPatience_s);  // for whoever else uses it
  const double now_s = clock_();
  refusal_.reset();
  Outcome outcome = Outcome::kStored;
  if (done) {
    breaker_.Succeed(now_s, now_s - begun_s);
  } else if (IsRefusal(done.error())) {
    outcome = Outcome::kRefused;
    refusal_ = done.error();
    breaker_.Fail(now_s, now_s - begun_s, resilience::ErrorClass::kDataValidation,
                  done.error().message);
  } else {
    outcome = Outcome::kAway;
    breaker_.Fail(now_s, now_s - begun_s, resilience::Classify(done.error()), done.error().message);
    if (!failure_) {
      away_since_s_ = now_s;
      Say(done.error().message + "; the target runs on and ticks are kept", Severity::kError,
          kAbout);
    }
    failure_ = done.error();
  }
  for (const auto& transition : breaker_.TakeTransitions()) {
    AddNote(transition.at_s, Describe(kName, transition));
  }
  return outcome;
}

model::Status TickStore::UpdateRun(model::RunId id, const model::Run& run) {
  if (is_away() || !breaker_.Admit(clock_())) {
    return model::Fail(Errc::kBusy, database_.path() + " is away");
  }
  model::Status updated;
  Try([&] { return updated = writers_.at(id).UpdateRun(run); }, Urgency::kInTurn);
  return updated;
}

model::Status TickStore::Finish(model::RunId run, double duration_s,
                                std::optional<int> target_exit) {
  const uint64_t waiting = spool_.waiting(run);
  const uint64_t lost = spool_.lost(run) + refused_of_[run];
  if (waiting != 0) {
    const model::Error cause = failure_.value_or(
        model::Error{Errc::kBusy, database_.path() + " has not taken all ticks in time"});
    spool_.Push({.run = run,
                 .run_started_at_ns = writers_.at(run).run().started_at_ns,
                 .tick = {},
                 .end = resilience::RunEnd{duration_s, target_exit}});
    spool_.Persist();
    const bool is_kept = spool_.ticks_in_memory() == 0;
    return model::Fail(
        cause.code,
        fmt::format("{}; {} ticks of this run are not stored{}", cause.message, waiting + lost,
                    is_kept ? fmt::format(" yet: {} wait in {}-* for the next seep with this "
                                          "database",
                                          waiting, spool_.path_prefix())
                            : ""));
  }
  auto finished = writers_.at(run).Finish(duration_s, target_exit);
  if (lost == 0) return finished;
  return model::Fail(finished ? Errc::kIo : finished.error().code,
                     fmt::format("{} ticks of this run are not stored: {}", lost,
                                 finished ? "the database was away for too long, or refused them"
                                          : finished.error().message));
}

void TickStore::Refuse(model::RunId run, const model::Error& error) {
  ++refused_;
  ++refused_of_[run];
  if (std::exchange(has_said_refusal_, true)) return;
  Say(error.message + "; the target runs on, and ticks that are refused are lost", Severity::kError,
      kAbout);
}

void TickStore::SayLosses() {
  if (spool_.counts().dropped == 0 || std::exchange(has_said_loss_, true)) return;
  Say("the database is away for too long: the oldest ticks that wait are given up, and counted",
      Severity::kError, kAbout);
}

void TickStore::AddNote(double at_s, std::string text) {
  notes_.push_back({at_s, std::move(text)});
  if (notes_.size() <= kMostNotes) return;
  notes_.pop_front();
  ++dropped_notes_;
}

std::vector<TickStore::Note> TickStore::NotesSince(uint64_t* cursor) const {
  const uint64_t from = *cursor > dropped_notes_ ? *cursor - dropped_notes_ : 0;
  *cursor = dropped_notes_ + notes_.size();
  return {notes_.begin() + static_cast<ptrdiff_t>(std::min<uint64_t>(from, notes_.size())),
          notes_.end()};
}

}  // namespace seep::agent
