// SPDX-License-Identifier: Apache-2.0
// The interpreter on programs made by hand: each instruction, each form that a rule can hold.
#include <catch2/catch.hpp>

#include "tests/probes/preload/unwind/table_image.h"

using namespace seep::probe::unwind;

namespace {

const Rule kEntry = MakeRule(RuleKind::kFromRsp, 8);
const Rule kRefused = MakeRule(RuleKind::kNotUnderstood);

Bytes Join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
// An instruction that is followed by a block: its length goes before it.
Bytes WithBlock(const Bytes& instruction, const Bytes& block) {
  return Join({instruction, {static_cast<uint8_t>(block.size())}, block});
}

// What glibc's __restore_rt has, with the ucontext `offset` bytes above rsp.
Bytes SignalProgram(uint8_t offset) {
  const auto leb = [](int value) {
    return Bytes{static_cast<uint8_t>((value & 0x7f) | 0x80), static_cast<uint8_t>(value >> 7)};
  };
  return Join({WithBlock({0x0f}, Join({{0x77}, leb(offset), {0x06}})),
               WithBlock({0x10, 6}, Join({{0x77}, leb(offset - 40)})),
               WithBlock({0x10, 16}, Join({{0x77}, leb(offset + 8)}))});
}

}  // namespace

TEST_CASE("rows begin where the advances say") {
  // push %rbp; mov %rsp,%rbp; ...; then advances of one, two and four bytes of operand
  const TableImage image({0x41, 0x0e, 16,   0x86, 2,             // +1: CFA 16, rbp at CFA - 16
                          0x43, 0x0d, 6,                         // +3: by rbp
                          0x02, 0x80, 0x0c, 7,    8,  0xc0 + 6,  // +128: back to the entry's
                          0x03, 0x00, 0x10, 0x0e, 24,            // +4096
                          0x04, 0x00, 0x00, 0x01, 0,  0x0e,     32});  // +65536
  CHECK(image.At(0) == kEntry);
  CHECK(image.At(1) == MakeRule(RuleKind::kFromRsp, 16, -16));
  CHECK(image.At(3) == MakeRule(RuleKind::kFromRsp, 16, -16));
  CHECK(image.At(4) == MakeRule(RuleKind::kFromRbp, 16, -16));
  CHECK(image.At(131) == MakeRule(RuleKind::kFromRbp, 16, -16));
  CHECK(image.At(132) == kEntry);
  CHECK(image.At(132 + 4096) == MakeRule(RuleKind::kFromRsp, 24));
  CHECK(image.At(132 + 4096 + 65536) == MakeRule(RuleKind::kFromRsp, 32));
  CHECK(image.At(TableImage::kCodeBytes).kind() == RuleKind::kNoUnwindData);
  CHECK(FindRule(image.table(), image.code - 1).kind() == RuleKind::kNoUnwindData);
}

TEST_CASE("remembered states come back whole, CFA included") {
  const TableImage image({0x41, 0x0e, 16, 0x86, 2, 0x0a, 0x41, 0xc0 + 6, 0x0e, 8, 0x41, 0x0b});
  CHECK(image.At(1) == MakeRule(RuleKind::kFromRsp, 16, -16));
  CHECK(image.At(2) == kEntry);
  CHECK(image.At(3) == MakeRule(RuleKind::kFromRsp, 16, -16));
}

TEST_CASE("every way of saying the same is read") {
  const Rule wanted = MakeRule(RuleKind::kFromRsp, 16, -16);
  for (const Bytes& program : {
           Bytes{0x0e, 16, 0x86, 2},                             // def_cfa_offset, offset
           Bytes{0x0c, 7, 16, 0x05, 6, 2},                       // def_cfa, offset_extended
           Bytes{0x12, 7, 0x7e, 0x11, 6, 2},                     // def_cfa_sf, offset_extended_sf
           Bytes{0x13, 0x7e, 0x86, 2},                           // def_cfa_offset_sf
           Bytes{0x0d, 6, 0x0d, 7, 0x0e, 16, 0x86, 2},           // def_cfa_register there and back
           Bytes{0x2e, 32, 0x0e, 16, 0x86, 2, 0x00},             // GNU_args_size, nop
           Bytes{0x0e, 16, 0x86, 3, 0x06, 6, 0x86, 2},           // restore_extended
           Bytes{0x0e, 16, 0x83, 4, 0x8c, 5, 0x07, 0, 0x86, 2},  // other registers do not matter
           Bytes{0x0e, 16, 0x14, 3, 2, 0x09, 3, 12, 0x16, 12, 1, 0x77, 0x86, 2},
       }) {
    CHECK(TableImage(program).At(0) == wanted);
  }
  // GNU_negative_offset_extended counts upwards from the CFA with these factors.
  CHECK(TableImage({0x0e, 16, 0x2f, 6, 2}).At(0) == kRefused);
  CHECK(TableImage({0x0e, 16, 0x86, 2, 0x08, 6}).At(0) == MakeRule(RuleKind::kFromRsp, 16));
  CHECK(TableImage({0x0e, 16, 0x86, 2, 0x07, 6}).At(0) == MakeRule(RuleKind::kFromRsp, 16));
}

TEST_CASE("the outermost frame has an undefined return address") {
  CHECK(TableImage({0x07, 16}).At(0).kind() == RuleKind::kEnd);
}

TEST_CASE("the expressions that occur in practice are rules") {
  const Bytes plt = {0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22};
  CHECK(TableImage(WithBlock({0x0f}, plt)).At(0) == MakeRule(RuleKind::kPlt, 8, 11 * 8));
  CHECK(TableImage(WithBlock({0x0f}, {0x77, 40, 0x06, 0x23, 8})).At(0) ==
        MakeRule(RuleKind::kFromRspMemory8, 40));
  CHECK(TableImage(WithBlock({0x0f}, {0x77, 40, 0x06})).At(0) ==
        MakeRule(RuleKind::kFromRspMemory, 40));
  CHECK(TableImage(WithBlock({0x0f}, {0x76, 0x78, 0x06})).At(0) ==
        MakeRule(RuleKind::kFromRbpMemory, -8));
  CHECK(TableImage(Join({WithBlock({0x10, 6}, {0x76, 0}), WithBlock({0x0f}, {0x76, 0x78, 0x06})}))
            .At(0) == MakeRule(RuleKind::kRealigned, -8));
  CHECK(TableImage(WithBlock({0x0f}, {0x77, 24})).At(0) == MakeRule(RuleKind::kFromRsp, 24));
  CHECK(TableImage(SignalProgram(160), "zRS").At(0) == MakeRule(RuleKind::kSignal, 160));
}

TEST_CASE("what no rule can hold is refused, not guessed") {
  for (const Bytes& program : {
           Bytes{0x0c, 10, 0},                            // CFA = r10
           Bytes{0x0c, 0, 8},                             // CFA = rax + 8
           WithBlock({0x0f}, {0x77, 8, 0x06, 0x23, 16}),  // another addend
           WithBlock({0x0f}, {0x77, 8, 0x06, 0x06}),      // loaded twice
           WithBlock({0x0f}, {0x79, 8, 0x06}),            // by r9
           WithBlock({0x0f}, {}),                         // nothing
           WithBlock({0x10, 6}, {0x77, 8}),               // rbp somewhere above rsp
           Bytes{0x14, 6, 2},                             // rbp is a value
           Bytes{0x09, 6, 3},                             // rbp is in rbx
           Bytes{0x90, 2},                                // return address at CFA - 16
           Bytes{0x09, 16, 3},                            // return address in rbx
           Bytes{0x0e, 0xff, 0xff, 0xff, 0xff, 0x0f},     // a frame beyond what a rule can hold
           Bytes{0x0b},                                   // restore_state without a state
           Bytes{0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a, 0x0a},
           Bytes{0x3e},  // no such instruction
           Bytes{0x0e, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1},
           Bytes{0x0f, 0x7f},  // a block longer than the FDE
       }) {
    INFO(int{program[0]} << " " << program.size());
    CHECK(TableImage(program).At(0) == kRefused);
  }
  CHECK(TableImage(SignalProgram(160), "zR").At(0) == kRefused);
}

TEST_CASE("augmentations and pointer encodings of gcc, clang, rustc and the linkers") {
  const Bytes program = {0x41, 0x0e, 16};
  const Rule wanted = MakeRule(RuleKind::kFromRsp, 16);
  const Bytes cie = {0x0c, 7, 8, 0x80 + 16, 1};
  CHECK(TableImage(program, "").At(1) == wanted);
  CHECK(TableImage(program, "zPLR").At(1) == wanted);
  CHECK(TableImage(program, "zRS").At(1) == kRefused);          // a signal frame without a ucontext
  CHECK(TableImage(program, "zR", cie, 0x00).At(1) == wanted);  // absptr
  CHECK(TableImage(program, "zR", cie, 0x10).At(1) == wanted);  // pcrel | absptr
  CHECK(TableImage(program, "zR", cie, 0x1c).At(1) == wanted);  // pcrel | sdata8
  CHECK(TableImage(program, "zX").At(1) == kRefused);
  CHECK(TableImage(program, "eh").At(1) == kRefused);
}
