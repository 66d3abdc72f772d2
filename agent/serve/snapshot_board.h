// SPDX-License-Identifier: Apache-2.0
// Where the loop leaves its latest snapshot and the server's threads find it. The loop's side is
// one atomic exchange: no reader, however slow, can hold it up. Readers share a mutex among
// themselves, for the copy of a shared_ptr; what they got stays whole as long as they keep it.
// (std::atomic<std::shared_ptr> of libstdc++ 12 is a spin lock that a preempted reader may hold.)
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

#include "agent/serve/agent_snapshot.h"

namespace seep::serve {

struct Published {
  AgentSnapshot snapshot;
  std::chrono::steady_clock::time_point at;
};

class SnapshotBoard {
 public:
  SnapshotBoard() = default;
  ~SnapshotBoard();
  SnapshotBoard(const SnapshotBoard&) = delete;
  SnapshotBoard& operator=(const SnapshotBoard&) = delete;

  // One thread. Wait-free but for the memory of the snapshot.
  void Publish(AgentSnapshot snapshot,
               std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now());

  // Any thread. Null until the first is published.
  std::shared_ptr<const Published> Latest() const;

 private:
  // Published and not yet seen by a reader: owned. Exchanged by both sides (acq_rel), so whoever
  // takes it out has it alone.
  mutable std::atomic<const Published*> mailbox_{nullptr};
  mutable std::mutex readers_;                       // never taken by Publish
  mutable std::shared_ptr<const Published> latest_;  // guarded by readers_
};

}  // namespace seep::serve
