// SPDX-License-Identifier: Apache-2.0
// One file of the spool: frames one behind the other, appended at the end, taken from the front.
// Written without fsync: it survives the death of the process, not of the machine.
//
//     file   = "seepspl1" frame*
//     frame  = magic u32 | payload bytes u32 | CRC-32C u32 of what follows | codec version u32
//            | sequence u64 | run i64 | payload (tick_codec.h)          little-endian, 32 bytes +
//            payload
//
// Held by flock while its process lives. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "storage/model/descriptor.h"
#include "storage/model/error.h"
#include "storage/model/ids.h"

namespace seep::resilience {

struct Frame {
  uint64_t sequence = 0;
  model::RunId run{};
  uint32_t payload_bytes = 0;
  uint64_t offset = 0;  // in the file
};

// What a look over the file of another, dead process found.
struct SpoolDamage {
  uint64_t missing_ticks = 0;  // gaps in the sequence
  uint64_t damaged_parts = 0;  // bytes that are no frame, with frames behind them
  uint64_t torn_tails = 0;     // the same at the end: a write that was cut off
};

class SpoolSegment {
 public:
  static constexpr uint64_t kFileHeaderBytes = 8;

  // A new file, held. kIo.
  static model::Result<SpoolSegment> Create(const std::string& path);
  // One that is there. kBusy: its process lives. kCorrupt: not a spool. kUnsupported: of another
  // version of seep. kIo. On an error the file is left as it is. Otherwise what is damaged is
  // passed over, and counted in `damage`; a torn tail is cut off.
  static model::Result<SpoolSegment> Adopt(const std::string& path, SpoolDamage* damage);

  // On an error the file is as before. kIo.
  model::Status Append(uint64_t sequence, model::RunId run, std::string_view payload);

  // Its frames that have not been taken, oldest first.
  const std::deque<Frame>& frames() const { return frames_; }
  // The payload of the first. kIo, kCorrupt: the disk has changed it since.
  model::Result<std::string> ReadFirst() const;
  void DropFirst() { frames_.pop_front(); }

  uint64_t file_bytes() const { return end_; }
  static uint64_t FrameBytes(std::string_view payload);
  const std::string& path() const { return path_; }
  void Remove() const;

 private:
  SpoolSegment(std::string path, int fd);
  model::Status Hold() const;
  void SortFrames();

  std::string path_;
  std::unique_ptr<model::Descriptor> file_;
  std::deque<Frame> frames_;
  uint64_t end_ = 0;
};

}  // namespace seep::resilience
