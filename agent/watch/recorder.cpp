// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/recorder.h"

#include <fmt/format.h>

#include <utility>

#include "agent/console.h"

namespace seep::agent {

void Recorder::Record(model::Tick tick) {
  waiting_.push_back(std::move(tick));
  while (!waiting_.empty()) {
    if (auto written = writer_.Write(waiting_.front()); !written) {
      if (!failure_) {
        Say(written.error().message + "; the target runs on and ticks are kept in memory");
      }
      failure_ = written.error();
      break;
    }
    waiting_.pop_front();
    if (failure_) Say("the database takes ticks again");
    failure_.reset();
  }
  if (waiting_.size() > kMaxWaiting) {
    waiting_.pop_front();
    ++dropped_;
  }
}

model::Status Recorder::Finish(double duration_s, std::optional<int> target_exit) {
  if (failure_) {
    return model::Fail(failure_->code, fmt::format("{}; {} ticks of this run are not stored",
                                                   failure_->message, waiting_.size() + dropped_));
  }
  if (auto finished = writer_.Finish(duration_s, target_exit); !finished) return finished;
  if (dropped_ != 0) {
    return model::Fail(model::Errc::kIo,
                       fmt::format("{} ticks of this run are not stored: the database was away for "
                                   "too long",
                                   dropped_));
  }
  return {};
}

}  // namespace seep::agent
