#include "tools/busy_api/tape_player.h"

#include <utility>

namespace lull {
namespace {

class TapePlayer : public std::enable_shared_from_this<TapePlayer> {
 public:
  TapePlayer(AnswerTape tape, HttpResponder responder, std::function<void(Played)> done)
      : tape_(std::move(tape)), responder_(std::move(responder)), done_(std::move(done)) {}

  void Begin() {
    // A weak reference: the connection must not keep the player alive.
    responder_.OnDisconnect([weak = weak_from_this()] {
      if (auto self = weak.lock()) self->Finish(false);
    });
    After(tape_.head_wait, [](TapePlayer& self) { self.SendHead(); });
  }

 private:
  void After(absl::Duration wait, void (*step)(TapePlayer&)) {
    if (wait <= absl::ZeroDuration()) {
      step(*this);
      return;
    }
    responder_.RunAfter(wait, [self = shared_from_this(), step] {
      if (!self->finished_) step(*self);
    });
  }

  void SendHead() {
    const bool whole = tape_.framing == AnswerTape::Framing::kWhole;
    if (whole && tape_.end == AnswerTape::End::kKeepAlive) {
      std::string body;
      for (const AnswerTape::Piece& piece : tape_.pieces) body.append(piece.bytes);
      Finish(true);
      responder_.Reply({tape_.status, std::move(tape_.headers), std::move(body)});
      return;
    }
    if (tape_.framing == AnswerTape::Framing::kRaw) {
      responder_.StartRaw();
    } else if (!tape_.head_sent) {
      responder_.Start(tape_.status, std::move(tape_.headers));
      began_ = true;
    }
    WaitForPiece();
  }

  void WaitForPiece() {
    while (next_ < tape_.pieces.size() && tape_.pieces[next_].repeat == 0) ++next_;
    if (next_ == tape_.pieces.size()) {
      End();
      return;
    }
    After(tape_.pieces[next_].wait, [](TapePlayer& self) { self.SendPieces(); });
  }

  // Sends the next piece, whose wait is over, and those after it that need no wait.
  void SendPieces() {
    do {
      AnswerTape::Piece& piece = tape_.pieces[next_];
      switch (responder_.Write(piece.bytes)) {
        case HttpWrite::kTaken:
          began_ = true;
          break;
        case HttpWrite::kFull:
          responder_.OnWritable([self = shared_from_this()] {
            if (!self->finished_) self->SendPieces();
          });
          return;
        case HttpWrite::kGone:
          Finish(false);
          return;
      }
      if (--piece.repeat == 0) ++next_;
    } while (next_ < tape_.pieces.size() && tape_.pieces[next_].repeat > 0 &&
             tape_.pieces[next_].wait <= absl::ZeroDuration());
    WaitForPiece();
  }

  void End() {
    Finish(true);
    switch (tape_.end) {
      case AnswerTape::End::kKeepAlive:
        responder_.End();
        break;
      case AnswerTape::End::kClose:
        responder_.Close();
        break;
      case AnswerTape::End::kReset:
        responder_.Abort();
        break;
    }
  }

  void Finish(bool all) {
    if (finished_) return;
    finished_ = true;
    std::exchange(done_, nullptr)({all, all || began_});
  }

  AnswerTape tape_;
  HttpResponder responder_;
  std::function<void(Played)> done_;
  size_t next_ = 0;
  bool began_ = tape_.head_sent;
  bool finished_ = false;
};

}  // namespace

void PlayTape(AnswerTape tape, HttpResponder responder, std::function<void(Played played)> done) {
  std::make_shared<TapePlayer>(std::move(tape), std::move(responder), std::move(done))->Begin();
}

}  // namespace lull
