// SPDX-License-Identifier: Apache-2.0
// What an open descriptor can be. A leak is named by the kind that grows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "storage/model/series.h"

namespace seep::proc {

enum class DescriptorKind : uint8_t {
  kFile,         // with a name; also in a tmpfs
  kDeletedFile,  // without one: its space is free when it is closed
  kDirectory,
  kDevice,
  kPipe,  // also named ones
  kEventfd,
  kEpoll,
  kTimerfd,
  kSignalfd,
  kInotify,
  kMemfd,
  kIoUring,
  kAnonymous,  // what else has no inode of its own: pidfd, perf, bpf, ...
  kTcpEstablished,
  kTcpCloseWait,  // the other side has closed, we have not: never goes away by itself
  kTcpListen,
  kTcpOpening,  // SYN_SENT, SYN_RECV
  kTcpClosing,  // FIN_WAIT, LAST_ACK, CLOSING, TIME_WAIT
  kTcpClosed,   // CLOSE
  kUdp,
  kUnix,
  kNetlink,
  kSocket,  // in no table: not bound, not connected, or of another family
};
inline constexpr size_t kDescriptorKinds = 23;

inline const char* MetricOf(DescriptorKind kind) {
  namespace metric = model::metric;
  constexpr std::array<const char*, kDescriptorKinds> kNames{
      metric::kFdsFile,         metric::kFdsDeleted,
      metric::kFdsDirectory,    metric::kFdsDevice,
      metric::kFdsPipe,         metric::kFdsEventfd,
      metric::kFdsEpoll,        metric::kFdsTimerfd,
      metric::kFdsSignalfd,     metric::kFdsInotify,
      metric::kFdsMemfd,        metric::kFdsIoUring,
      metric::kFdsAnonymous,    metric::kFdsTcpEstablished,
      metric::kFdsTcpCloseWait, metric::kFdsTcpListen,
      metric::kFdsTcpOpening,   metric::kFdsTcpClosing,
      metric::kFdsTcpClosed,    metric::kFdsUdp,
      metric::kFdsUnix,         metric::kFdsNetlink,
      metric::kFdsSocket};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace seep::proc
