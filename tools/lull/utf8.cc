#include "tools/lull/utf8.h"

#include <cstddef>

namespace lull {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

// East Asian Wide and Fullwidth, by block, and the emoji that terminals draw wide.
constexpr Range kWide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
    {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

// Combining marks, zero-width spaces and joiners, variation selectors.
constexpr Range kWithoutWidth[] = {
    {0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};

template <size_t kSize>
bool IsIn(const Range (&ranges)[kSize], uint32_t character) {
  for (const Range& range : ranges) {
    if (character >= range.first && character <= range.last) return true;
  }
  return false;
}

// The length that a first byte announces; 0 if it is not a first byte.
size_t LengthFor(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

}  // namespace

uint32_t TakeCharacter(absl::string_view* text) {
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto first = static_cast<unsigned char>(text->front());
  const size_t length = LengthFor(first);
  uint32_t character = length <= 1 ? first : first & (0x7f >> length);
  bool valid = length != 0 && length <= text->size();
  for (size_t i = 1; valid && i < length; ++i) {
    const auto next = static_cast<unsigned char>((*text)[i]);
    valid = (next & 0xc0) == 0x80;
    character = character << 6 | (next & 0x3f);
  }
  const bool surrogate = character >= 0xd800 && character <= 0xdfff;
  if (!valid || character < kSmallest[length] || surrogate || character > 0x10ffff) {
    text->remove_prefix(1);
    return kReplacementCharacter;
  }
  text->remove_prefix(length);
  return character;
}

int ColumnsOf(uint32_t character) {
  if (IsIn(kWithoutWidth, character)) return 0;
  return IsIn(kWide, character) ? 2 : 1;
}

}  // namespace lull
