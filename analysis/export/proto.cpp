// SPDX-License-Identifier: Apache-2.0
#include "analysis/export/proto.h"

namespace seep::exports {
namespace {

constexpr int kVarint = 0;
constexpr int kLengthDelimited = 2;

}  // namespace

void ProtoMessage::Varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
  bytes_ += static_cast<char>(value);
}

void ProtoMessage::Tag(int field, int wire_type) {
  Varint(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(wire_type));
}

void ProtoMessage::Number(int field, uint64_t value) {
  if (value == 0) return;
  Tag(field, kVarint);
  Varint(value);
}

void ProtoMessage::Text(int field, std::string_view text) {
  Tag(field, kLengthDelimited);
  Varint(text.size());
  bytes_ += text;
}

void ProtoMessage::Packed(int field, std::span<const uint64_t> values) {
  ProtoMessage packed;
  for (const uint64_t value : values) packed.Varint(value);
  Text(field, packed.bytes_);
}

}  // namespace seep::exports
