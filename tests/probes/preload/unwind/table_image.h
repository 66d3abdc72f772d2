// SPDX-License-Identifier: Apache-2.0
// Unwind data made by hand: a search header, one CIE and one FDE for code at a made-up address.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "probes/preload/unwind/unwind_table.h"

using Bytes = std::vector<uint8_t>;

struct TableImage {
  static constexpr uint64_t kCodeBytes = 0x100000;

  Bytes bytes;
  uint64_t code;  // run-time address of the code that the FDE covers

  // `augmentation` may be "", "zR", "zRS" or "zPLR"; pointers are written as `encoding` says.
  explicit TableImage(const Bytes& program, const std::string& augmentation = "zR",
                      const Bytes& cie_program = {0x0c, 7, 8, 0x80 + 16, 1},
                      uint8_t encoding = 0x1b) {
    constexpr size_t kHeaderBytes = 4 + 4 + 4 + 8;
    const bool has_data = !augmentation.empty();
    bytes.resize(kHeaderBytes);
    // CIE
    const size_t cie = bytes.size();
    Add32(0);
    Add32(0);
    Add8(1);
    for (const char c : augmentation) Add8(static_cast<uint8_t>(c));
    Add8(0);
    Add8(1);     // code alignment 1
    Add8(0x78);  // data alignment -8
    Add8(16);
    if (has_data) {
      Bytes data;
      for (const char c : augmentation) {
        if (c == 'R') data.push_back(encoding);
        if (c == 'L') data.push_back(0x1b);
        if (c == 'P') data.insert(data.end(), {0x9b, 1, 2, 3, 4});
      }
      Add8(static_cast<uint8_t>(data.size()));
      bytes.insert(bytes.end(), data.begin(), data.end());
    }
    bytes.insert(bytes.end(), cie_program.begin(), cie_program.end());
    End(cie);
    // FDE
    const size_t fde = bytes.size();
    Add32(0);
    Add32(static_cast<uint32_t>(bytes.size() - cie));
    const size_t code_at = bytes.size();
    const uint8_t format = has_data ? encoding & 0x0f : 0;
    const bool is_wide = format == 0 || format == 0x04 || format == 0x0c;
    bytes.resize(bytes.size() + (is_wide ? 16 : 8));
    if (has_data) Add8(0);
    bytes.insert(bytes.end(), program.begin(), program.end());
    End(fde);
    Add32(0);  // terminator
    // The bytes have their final place now.
    const uint64_t start = reinterpret_cast<uint64_t>(bytes.data());
    code = start + 0x10000;
    const bool is_relative = has_data && (encoding & 0x70) == 0x10;
    Put(code_at, is_relative ? code - (start + code_at) : code, is_wide ? 8 : 4);
    Put(code_at + (is_wide ? 8 : 4), kCodeBytes, is_wide ? 8 : 4);
    bytes[0] = 1;
    bytes[1] = 0x1b;
    bytes[2] = 0x03;
    bytes[3] = 0x3b;
    Put(4, cie - 4, 4);
    Put(8, 1, 4);
    Put(12, code - start, 4);
    Put(16, fde, 4);
  }
  TableImage(const TableImage&) = delete;
  TableImage& operator=(const TableImage&) = delete;

  seep::probe::unwind::UnwindTable table() const {
    const auto start = reinterpret_cast<uint64_t>(bytes.data());
    return {{start, start + bytes.size()}, start};
  }
  seep::probe::unwind::Rule At(uint64_t offset) const {
    return seep::probe::unwind::FindRule(table(), code + offset);
  }

 private:
  void Add8(uint8_t value) { bytes.push_back(value); }
  void Add32(uint32_t value) {
    bytes.resize(bytes.size() + 4);
    Put(bytes.size() - 4, value, 4);
  }
  void Put(size_t at, uint64_t value, size_t width) { memcpy(&bytes[at], &value, width); }
  void End(size_t entry) {
    while (bytes.size() % 8 != 0) Add8(0);  // DW_CFA_nop
    Put(entry, bytes.size() - entry - 4, 4);
  }
};
