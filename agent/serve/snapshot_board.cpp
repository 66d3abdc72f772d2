// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/snapshot_board.h"

#include <utility>

namespace seep::serve {

SnapshotBoard::~SnapshotBoard() {
  delete mailbox_.load(std::memory_order_acquire);
}

void SnapshotBoard::Publish(AgentSnapshot snapshot, std::chrono::steady_clock::time_point now) {
  auto published = std::make_unique<Published>(Published{std::move(snapshot), now});
  // One that no reader has fetched is ours again.
  delete mailbox_.exchange(published.release(), std::memory_order_acq_rel);
}

std::shared_ptr<const Published> SnapshotBoard::Latest() const {
  std::shared_ptr<const Published> replaced;  // freed, if at all, after the lock
  const std::lock_guard lock(readers_);
  if (const Published* fetched = mailbox_.exchange(nullptr, std::memory_order_acq_rel)) {
    replaced = std::exchange(latest_, std::shared_ptr<const Published>(fetched));
  }
  return latest_;
}

}  // namespace seep::serve
