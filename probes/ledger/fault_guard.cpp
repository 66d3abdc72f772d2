// SPDX-License-Identifier: Apache-2.0
#include "probes/ledger/fault_guard.h"

#include <csetjmp>
#include <csignal>
#include <mutex>

namespace seep::ledger {
namespace {

thread_local sigjmp_buf* active_guard = nullptr;

void OnBusError(int signal_number) {
  if (active_guard != nullptr) siglongjmp(*active_guard, 1);
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

void InstallHandler() {
  struct sigaction action {};
  action.sa_handler = &OnBusError;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace

bool GuardedCopy(const void* from, uint64_t* to, uint64_t words) {
  static std::once_flag installed;
  std::call_once(installed, InstallHandler);
  sigjmp_buf guard;
  if (sigsetjmp(guard, /*savemask=*/1) != 0) {
    active_guard = nullptr;
    return false;
  }
  active_guard = &guard;
  const auto* source = static_cast<const uint64_t*>(from);
  for (uint64_t i = 0; i < words; ++i) to[i] = __atomic_load_n(source + i, __ATOMIC_ACQUIRE);
  active_guard = nullptr;
  return true;
}

}  // namespace seep::ledger
