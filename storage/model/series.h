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
inline constexpr char kPss[] = "pss";             // bytes, smaps, at most every 60 s
inline constexpr char kFds[] = "fds";             // open file descriptors
inline constexpr char kThreads[] = "threads";     // threads
inline constexpr char kCpuSeconds[] = "cpu_seconds";   // user + system, cumulative
inline constexpr char kHeapLive[] = "heap_live";       // bytes, estimated from the ledger
inline constexpr char kHeapLiveSe[] = "heap_live_se";  // bytes, standard error of the above
inline constexpr char kHeapAlloc[] = "heap_alloc";     // bytes, cumulative, estimated
inline constexpr char kMappedLive[] = "mapped_live";   // bytes of anonymous mappings, counted
// Resident and swapped bytes by what they are, from smaps; at most every 60 s.
inline constexpr char kAnonArenas[] = "anon_arenas";      // brk heap and glibc's arenas
inline constexpr char kAnonMaps[] = "anon_maps";          // other anonymous memory
inline constexpr char kThreadStacks[] = "thread_stacks";  // the main thread's too
inline constexpr char kFileDirty[] = "file_dirty";        // of files, changed: also private copies
inline constexpr char kFileClean[] = "file_clean";
inline constexpr char kSeepOwn[] = "seep_own";    // of libseep.so; the ledger is in none of these
inline constexpr char kAnonHuge[] = "anon_huge";  // of all: in huge pages
inline constexpr char kLazyFree[] = "lazy_free";  // of all: given up by MADV_FREE, not yet taken
// What the allocator says of itself, as often as it is asked (docs/ledger.md).
inline constexpr char kAllocatorInUse[] = "allocator_in_use";  // bytes of blocks, with overhead
inline constexpr char kAllocatorHeld[] = "allocator_held";     // from the kernel and not given back
inline constexpr char kAllocatorMapped[] = "allocator_mapped";  // of it, outside of anon_arenas
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
