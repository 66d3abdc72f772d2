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
// Of a service as a whole; made by the analysis, not stored.
inline constexpr char kProcesses[] = "processes";
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
// Address space, each tick; the others at heap snapshots, as far as what they cost allows.
inline constexpr char kVmSize[] = "vm_size";            // bytes
inline constexpr char kMappings[] = "mappings";         // as vm.max_map_count counts them
inline constexpr char kZombies[] = "zombies";           // children that nobody waited for
inline constexpr char kMinorFaults[] = "minor_faults";  // cumulative
inline constexpr char kMajorFaults[] = "major_faults";  // cumulative: had to read
inline constexpr char kVoluntarySwitches[] = "voluntary_switches";  // cumulative, living threads
inline constexpr char kInvoluntarySwitches[] = "involuntary_switches";  // likewise
inline constexpr char kIoRead[] = "io_read";        // bytes from storage, cumulative
inline constexpr char kIoWritten[] = "io_written";  // bytes to storage, cumulative
// Space that only the process holds.
inline constexpr char kDeletedFiles[] = "deleted_files";  // bytes on disk: open, without a name
inline constexpr char kMemoryFiles[] = "memory_files";    // bytes: open in a tmpfs, memfd
inline constexpr char kSysvShm[] = "sysv_shm";            // bytes of System V segments that it made
// Descriptors by kind (probes/proc/descriptor_kind.h); a kind is written from when it is first
// seen.
inline constexpr char kFdsFile[] = "fds_file";
inline constexpr char kFdsDeleted[] = "fds_deleted";
inline constexpr char kFdsDirectory[] = "fds_directory";
inline constexpr char kFdsDevice[] = "fds_device";
inline constexpr char kFdsPipe[] = "fds_pipe";
inline constexpr char kFdsEventfd[] = "fds_eventfd";
inline constexpr char kFdsEpoll[] = "fds_epoll";
inline constexpr char kFdsTimerfd[] = "fds_timerfd";
inline constexpr char kFdsSignalfd[] = "fds_signalfd";
inline constexpr char kFdsInotify[] = "fds_inotify";
inline constexpr char kFdsMemfd[] = "fds_memfd";
inline constexpr char kFdsIoUring[] = "fds_io_uring";
inline constexpr char kFdsAnonymous[] = "fds_anonymous";
inline constexpr char kFdsTcpEstablished[] = "fds_tcp_established";
inline constexpr char kFdsTcpCloseWait[] = "fds_tcp_close_wait";
inline constexpr char kFdsTcpListen[] = "fds_tcp_listen";
inline constexpr char kFdsTcpOpening[] = "fds_tcp_opening";
inline constexpr char kFdsTcpClosing[] = "fds_tcp_closing";
inline constexpr char kFdsTcpClosed[] = "fds_tcp_closed";
inline constexpr char kFdsUdp[] = "fds_udp";
inline constexpr char kFdsUnix[] = "fds_unix";
inline constexpr char kFdsNetlink[] = "fds_netlink";
inline constexpr char kFdsSocket[] = "fds_socket";  // not bound, or of another family
// Limits, written when they change: the last point is the one that holds.
inline constexpr char kLimitFds[] = "limit_fds";            // RLIMIT_NOFILE
inline constexpr char kLimitMappings[] = "limit_mappings";  // vm.max_map_count
inline constexpr char kLimitThreads[] = "limit_threads";    // RLIMIT_NPROC, pids.max, threads-max
// What the process shares with others; written of one process of each control group.
inline constexpr char kDevShm[] = "dev_shm";             // bytes in use of /dev/shm
inline constexpr char kGroupMemory[] = "cgroup_memory";  // bytes, memory.current
inline constexpr char kGroupAnon[] = "cgroup_anon";      // bytes, memory.stat, likewise these
inline constexpr char kGroupFile[] = "cgroup_file";
inline constexpr char kGroupKernel[] = "cgroup_kernel";
inline constexpr char kGroupSock[] = "cgroup_sock";
inline constexpr char kGroupShmem[] = "cgroup_shmem";
// Pressure: percent of the last 10 s in which some, or all, tasks waited; seconds, cumulative.
inline constexpr char kPsiMemorySome[] = "psi_memory_some";
inline constexpr char kPsiMemoryFull[] = "psi_memory_full";
inline constexpr char kPsiIoSome[] = "psi_io_some";
inline constexpr char kPsiIoFull[] = "psi_io_full";
inline constexpr char kPsiCpuSome[] = "psi_cpu_some";
inline constexpr char kPsiCpuFull[] = "psi_cpu_full";
inline constexpr char kPsiMemorySomeSeconds[] = "psi_memory_some_seconds";
inline constexpr char kPsiMemoryFullSeconds[] = "psi_memory_full_seconds";
inline constexpr char kPsiIoSomeSeconds[] = "psi_io_some_seconds";
inline constexpr char kPsiIoFullSeconds[] = "psi_io_full_seconds";
inline constexpr char kPsiCpuSomeSeconds[] = "psi_cpu_some_seconds";
inline constexpr char kPsiCpuFullSeconds[] = "psi_cpu_full_seconds";
}  // namespace metric

struct Series {
  SeriesId id{};
  TargetId target{};
  std::string metric;  // one of metric::
  std::string unit;    // "bytes", "fds", "threads", "seconds", "%", ...
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
