// SPDX-License-Identifier: Apache-2.0
// A series: one measured quantity of one target over time.
#pragma once

#include <string>
#include <vector>

#include "storage/model/ids.h"

namespace seep::model {

// The metrics of version 1. A metric name is stable: it is a key in databases and reports.
namespace metric {
inline constexpr char kRssAnon[] = "rss_anon";    // bytes, /proc/PID/status RssAnon
inline constexpr char kRssFile[] = "rss_file";    // bytes
inline constexpr char kRssShmem[] = "rss_shmem";  // bytes, the ledger's own pages taken off
inline constexpr char kSwap[] = "swap";           // bytes, VmSwap
inline constexpr char kRssSwap[] = "rss_swap";    // bytes, RssAnon + RssFile + RssShmem + VmSwap
inline constexpr char kPss[] = "pss";             // bytes, smaps_rollup, at most every 60 s
inline constexpr char kFds[] = "fds";             // open file descriptors
inline constexpr char kThreads[] = "threads";     // threads
inline constexpr char kCpuSeconds[] = "cpu_seconds";   // user + system, cumulative
inline constexpr char kHeapLive[] = "heap_live";       // bytes, estimated from the ledger
inline constexpr char kHeapLiveSe[] = "heap_live_se";  // bytes, standard error of the above
inline constexpr char kHeapAlloc[] = "heap_alloc";     // bytes, cumulative, estimated
inline constexpr char kMappedLive[] = "mapped_live";   // bytes of anonymous mappings, counted
}  // namespace metric

struct Series {
  SeriesId id{};
  TargetId target{};
  std::string metric;  // one of metric::
  std::string unit;    // "bytes", "fds", "threads", "seconds"
};

struct Point {
  double t_s = 0;  // since the start of the run; strictly increasing within a series
  double value = 0;
};

struct SeriesData {
  Series series;
  std::vector<Point> points;
};

}  // namespace seep::model
