// SPDX-License-Identifier: Apache-2.0
// How to get from one frame to its caller, for one code address, in 48 bits: what a row of unwind
// data says of the only registers that matter here, rsp, rbp and rip.
//
//   63       36 35        20 19       4 3    0
//  +-----------+------------+----------+------+
//  | CFA offset| rbp offset |  module  | kind |     the module is the cache's business
//  +-----------+------------+----------+------+
//
// The CFA is the value of rsp in the caller. The return address is at CFA - 8, but in signal
// frames.
#pragma once

#include <cstdint>

namespace seep::probe::unwind {

enum class RuleKind : uint8_t {
  kFromRsp,         // CFA = rsp + offset                    the two that are taken in the loop
  kFromRbp,         // CFA = rbp + offset
  kFromRspMemory,   // CFA = [rsp + offset]                  hand-written: OpenSSL
  kFromRspMemory8,  // CFA = [rsp + offset] + 8
  kFromRbpMemory,   // CFA = [rbp + offset]
  kRealigned,       // CFA = [rbp + offset], rbp = [rbp]     gcc's realigned functions
  kFromRbx,         // CFA = rbx + offset                   the loader's binder; rbx is not tracked
  kPlt,             // CFA = rsp + 8, + 8 if rip % 16 >= rbp offset: a stub that has pushed
  kSignal,          // CFA = [rsp + offset]: registers from the ucontext there
  kEnd,             // outermost frame: its return address is undefined
  kNoUnwindData,    // nothing describes this address
  kNotUnderstood,   // damaged, or a form that no rule above can hold
};

struct Rule {
  uint64_t bits = 0;

  RuleKind kind() const { return static_cast<RuleKind>(bits & 15); }
  bool is_common() const { return (bits & 15) <= 1; }
  bool is_from_rbp() const { return (bits & 1) != 0; }  // of a common rule
  int64_t cfa_offset() const { return static_cast<int64_t>(bits) >> 36; }
  // Bytes from the CFA to where rbp was saved. kRbpKept names the place of the return address,
  // so that a reader may load first and choose then.
  int64_t rbp_offset() const { return (static_cast<int64_t>(bits << 28) >> 48) * 8; }
  uint32_t module() const { return static_cast<uint32_t>(bits >> 4) & 0xffff; }

  bool operator==(const Rule&) const = default;
};
inline constexpr int64_t kRbpKept = -8;

inline constexpr Rule MakeRule(RuleKind kind, int64_t cfa_offset = 0,
                               int64_t rbp_offset = kRbpKept) {
  constexpr int64_t kMaxCfaOffset = int64_t{1} << 27;
  constexpr int64_t kMaxRbpOffset = int64_t{1} << 18;
  if (cfa_offset < -kMaxCfaOffset || cfa_offset >= kMaxCfaOffset || rbp_offset % 8 != 0 ||
      rbp_offset < -kMaxRbpOffset || rbp_offset >= kMaxRbpOffset) {
    return MakeRule(RuleKind::kNotUnderstood);
  }
  return {static_cast<uint64_t>(cfa_offset) << 36 |
          (static_cast<uint64_t>(rbp_offset / 8) & 0xffff) << 20 | static_cast<uint64_t>(kind)};
}

inline constexpr Rule WithModule(Rule rule, uint32_t module) {
  return {rule.bits | uint64_t{module & 0xffff} << 4};
}

}  // namespace seep::probe::unwind
