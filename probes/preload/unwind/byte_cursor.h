// SPDX-License-Identifier: Apache-2.0
// Reads unwind data (LEB128, encoded pointers) inside a given stretch of memory and nowhere else:
// what is damaged or foreign makes the cursor bad, never a wild read.
#pragma once

#include <cstdint>
#include <cstring>

namespace seep::probe::unwind {

// [start, end) of readable memory.
struct MemoryRange {
  uint64_t start = 0;
  uint64_t end = 0;

  bool Holds(uint64_t address, uint64_t bytes) const {
    return address >= start && address <= end && end - address >= bytes;
  }
};

// DW_EH_PE: how a pointer is written (LSB Core, DWARF extensions, table 10.5).
inline constexpr uint8_t kPointerOmitted = 0xff;

// Sticky: after a bad read every further one gives 0 and `is_good` stays false.
struct ByteCursor {
  MemoryRange memory;
  uint64_t at = 0;
  bool is_good = true;

  ByteCursor(const MemoryRange& readable, uint64_t start) : memory(readable), at(start) {}

  // The next `bytes` bytes as a cursor of their own; this one goes on behind them.
  ByteCursor Take(uint64_t bytes) {
    ByteCursor taken(memory, at);
    taken.is_good = is_good = is_good && memory.Holds(at, bytes);
    if (is_good) {
      at += bytes;
      taken.memory = {taken.at, at};
    }
    return taken;
  }
  bool is_at_end() const { return !is_good || at >= memory.end; }

  template <typename T>
  T Read() {
    T value{};
    if (!is_good || !memory.Holds(at, sizeof(T))) {
      is_good = false;
      return value;
    }
    memcpy(&value, reinterpret_cast<const void*>(at), sizeof(T));
    at += sizeof(T);
    return value;
  }

  uint64_t Uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = Read<uint8_t>();
      value |= uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) return value;
    }
    is_good = false;
    return 0;
  }
  int64_t Sleb() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64;) {
      const auto byte = Read<uint8_t>();
      value |= uint64_t{byte & 0x7fu} << shift;
      shift += 7;
      if ((byte & 0x80) == 0) {
        if (shift < 64 && (byte & 0x40) != 0) value |= ~uint64_t{0} << shift;
        return static_cast<int64_t>(value);
      }
    }
    is_good = false;
    return 0;
  }

  // The bare number of an encoded pointer: its low four bits say how it is written.
  uint64_t EncodedNumber(uint8_t encoding) {
    switch (encoding & 0x0f) {
      case 0x00:  // absptr
      case 0x04:  // udata8
      case 0x0c:  // sdata8
        return Read<uint64_t>();
      case 0x01:
        return Uleb();
      case 0x02:
        return Read<uint16_t>();
      case 0x03:
        return Read<uint32_t>();
      case 0x09:
        return static_cast<uint64_t>(Sleb());
      case 0x0a:
        return static_cast<uint64_t>(int64_t{Read<int16_t>()});
      case 0x0b:
        return static_cast<uint64_t>(int64_t{Read<int32_t>()});
      default:
        is_good = false;
        return 0;
    }
  }
  // An encoded pointer to code or data: absolute, relative to itself, or to `data_base`.
  uint64_t EncodedPointer(uint8_t encoding, uint64_t data_base) {
    const uint64_t own_address = at;
    const uint64_t number = EncodedNumber(encoding);
    switch (encoding & 0xf0) {
      case 0x00:
        return number;
      case 0x10:
        return number + own_address;
      case 0x30:
        return number + data_base;
      default:  // textrel, funcrel, aligned, indirect: no linker writes them where we read
        is_good = false;
        return 0;
    }
  }
};

}  // namespace seep::probe::unwind
