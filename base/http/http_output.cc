#include "base/http/http_output.h"

#include <array>
#include <utility>

namespace lull {
namespace {

constexpr size_t kPiecesPerWrite = 16;

}  // namespace

void HttpOutput::Add(std::string bytes) {
  if (bytes.empty()) return;
  buffered_.fetch_add(bytes.size(), std::memory_order_acq_rel);
  pieces_.push_back(std::move(bytes));
}

HttpOutput::Sent HttpOutput::SendTo(boost::asio::ip::tcp::socket& socket) {
  while (!pieces_.empty()) {
    std::array<boost::asio::const_buffer, kPiecesPerWrite> buffers;
    size_t count = 0;
    for (const std::string& piece : pieces_) {
      if (count == buffers.size()) break;
      const size_t skip = count == 0 ? offset_ : 0;
      buffers[count++] = boost::asio::const_buffer(piece.data() + skip, piece.size() - skip);
    }
    boost::system::error_code error;
    const size_t sent = socket.write_some(buffers, error);
    if (error == boost::asio::error::would_block) return Sent::kBlocked;
    if (error) return Sent::kBroken;
    Drop(sent);
  }
  return Sent::kAll;
}

void HttpOutput::Drop(size_t sent) {
  progress_ += sent;
  buffered_.fetch_sub(sent, std::memory_order_acq_rel);
  sent += offset_;
  while (!pieces_.empty() && sent >= pieces_.front().size()) {
    sent -= pieces_.front().size();
    pieces_.pop_front();
  }
  offset_ = sent;
}

size_t HttpOutput::TakeProgress() { return std::exchange(progress_, 0); }

}  // namespace lull
