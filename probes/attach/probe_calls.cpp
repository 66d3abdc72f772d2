// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/probe_calls.h"

#include <algorithm>
#include <string>

namespace seep::attach {
namespace {

using ledger::AttachRequest;
using ledger::SlotRequest;
using model::Errc;
using model::Fail;

using Slots = std::span<const ledger::SlotChange>;

std::string Process(const Memory& memory) {
  return "process " + std::to_string(memory.pid());
}

SlotRequest RequestFor(Slots slots) {
  return {.version = ledger::kAttachVersion,
          .slots = static_cast<uint32_t>(slots.size()),
          .written = 0,
          .padding = 0};
}

}  // namespace

model::Result<size_t> ProbeCalls::Attach(AttachRequest request, Slots slots) const {
  const Slots first = slots.first(std::min<size_t>(slots.size(), ledger::kMaxSlots));
  if (auto put = PutSlots(first); !put) return std::unexpected(put.error());
  request.redirection = RequestFor(first);
  const uint64_t at = thread_.data();
  if (!memory_.Write(at, &request, sizeof(request))) return model::FailErrno(Process(memory_));
  const auto called = thread_.Call(entries_.attach, ledger::kAttachEntry, {at, 0, 0});
  if (!called) return std::unexpected(called.error());
  auto answer = memory_.Read<AttachRequest>(at);
  if (!answer) return model::FailErrno(Process(memory_));
  if (answer->state != ledger::AttachState::kActive) {
    answer->reason[sizeof(answer->reason) - 1] = '\0';
    return Fail(Errc::kIo, Process(memory_) +
                               ": the probe is loaded but does nothing: " + answer->reason +
                               "; set SEEP_DIR to a directory on tmpfs that the process can write");
  }
  const auto rest = Redirect(slots.subspan(first.size()));
  if (!rest) return std::unexpected(rest.error());
  return answer->redirection.written + *rest;
}

model::Result<size_t> ProbeCalls::Redirect(Slots slots) const {
  size_t written = 0;
  while (!slots.empty()) {
    const Slots some = slots.first(std::min<size_t>(slots.size(), ledger::kMaxSlots));
    const auto now = CallForSlots(entries_.redirect, ledger::kRedirectEntry, some);
    if (!now) return std::unexpected(now.error());
    written += *now;
    slots = slots.subspan(some.size());
  }
  return written;
}

model::Result<size_t> ProbeCalls::Detach(Slots slots) const {
  const Slots last = slots.last(std::min<size_t>(slots.size(), ledger::kMaxSlots));
  const auto earlier = Redirect(slots.first(slots.size() - last.size()));
  if (!earlier) return std::unexpected(earlier.error());
  const auto written = CallForSlots(entries_.detach, ledger::kDetachEntry, last);
  if (!written) return std::unexpected(written.error());
  return *earlier + *written;
}

model::Result<size_t> ProbeCalls::CallForSlots(uint64_t function, const char* name,
                                               Slots slots) const {
  if (auto put = PutSlots(slots); !put) return std::unexpected(put.error());
  const SlotRequest request = RequestFor(slots);
  const uint64_t at = thread_.data();
  if (!memory_.Write(at, &request, sizeof(request))) return model::FailErrno(Process(memory_));
  const auto called = thread_.Call(function, name, {at, 0, 0});
  if (!called) return std::unexpected(called.error());
  const auto answer = memory_.Read<SlotRequest>(at);
  if (!answer) return model::FailErrno(Process(memory_));
  return answer->written;
}

model::Status ProbeCalls::PutSlots(Slots slots) const {
  if (slots.empty() || memory_.Write(entries_.slots, slots.data(), slots.size_bytes())) return {};
  return model::FailErrno(Process(memory_) + ": writing memory of the probe");
}

}  // namespace seep::attach
