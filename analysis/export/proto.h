// SPDX-License-Identifier: Apache-2.0
// A message of Protocol Buffers as bytes, field by field:
// https://protobuf.dev/programming-guides/encoding
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace seep::exports {

class ProtoMessage {
 public:
  // Zero is what an absent field says: not written.
  void Number(int field, uint64_t value);
  void Number(int field, int64_t value) { Number(field, static_cast<uint64_t>(value)); }
  void Text(int field, std::string_view text);  // also when empty: of a repeated field
  void Message(int field, const ProtoMessage& message) { Text(field, message.bytes_); }
  // A repeated field in its packed form, zeros too.
  void Packed(int field, std::span<const uint64_t> values);

  const std::string& bytes() const { return bytes_; }

 private:
  void Varint(uint64_t value);
  void Tag(int field, int wire_type);

  std::string bytes_;
};

}  // namespace seep::exports
