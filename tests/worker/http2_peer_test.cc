// What an HTTP/2 peer may do to a call that a test decides frame by frame: reset it, refuse it, go
// away, vanish. Whatever it does, each call is one request.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/worker/gate.h"
#include "tests/worker/http2_frames.h"
#include "tests/worker/http2_peer_fixture.h"
#include "tests/worker/http_client_fixture.h"
#include "tests/worker/raw_server.h"

namespace lull {
namespace {

// More than a peer that says nothing lets in, and than goes into the buffers of a socket at once.
constexpr size_t kLargeBody = 1 << 20;

// Answers the first `answered` requests of a connection, and what comes then by `then`.
AnswerStream AfterAnswers(uint32_t answered, AnswerStream then) {
  return [=](RawConnection& connection, uint32_t stream) {
    if (stream > 2 * answered) return then(connection, stream);
    connection.Send(AnswerFrames(stream, kAnswer));
    return true;
  };
}

AnswerStream Reset(Http2Error error) {
  return [error](RawConnection& connection, uint32_t stream) {
    connection.Send(ResetFrame(stream, error));
    return true;
  };
}

TEST_F(Http2PeerTest, AHeadThatArrivesTogetherWithTheResetIsLost) {
  Serve([](RawConnection& connection, uint32_t stream) {
    connection.Send(absl::StrCat(HeadFrame(stream, 200), DataFrame(stream, "{\"choices\":"),
                                 ResetFrame(stream, Http2Error::kInternal)));
    return true;
  });
  const HttpAnswer answer = CallPeer();
  EXPECT_EQ(answer.end, HttpEnd::kStreamReset) << answer.detail;
  // If this fails because it began, libcurl has been mended, and the page may say so.
  EXPECT_FALSE(answer.began);
  EXPECT_EQ(requests_, 1);
}

TEST_F(Http2PeerTest, AHeadThatArrivesBeforeTheResetCounts) {
  for (const int status : {200, 503}) {
    requests_ = 0;
    Serve([&](RawConnection& connection, uint32_t stream) {
      connection.Send(HeadFrame(stream, status));
      connection.Send(DataFrame(stream, "{\"error\":"));
      connection.Send(ResetFrame(stream, Http2Error::kInternal));
      return true;
    });
    const HttpAnswer answer = CallPeer();
    EXPECT_EQ(answer.end, HttpEnd::kStreamReset) << answer.detail;
    EXPECT_TRUE(answer.began);
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(requests_, 1);
  }
}

TEST_F(Http2PeerTest, AResetInPlaceOfAnAnswerIsAReset) {
  for (const Http2Error error : {Http2Error::kInternal, Http2Error::kCancel, Http2Error::kNone}) {
    for (const uint32_t before : {0, 1}) {
      requests_ = 0;
      Serve(AfterAnswers(before, Reset(error)));
      for (uint32_t i = 0; i < before; ++i) EXPECT_EQ(CallPeer().end, HttpEnd::kAnswered);
      const HttpAnswer answer = CallPeer();
      EXPECT_EQ(answer.end, HttpEnd::kStreamReset) << answer.detail;
      EXPECT_TRUE(answer.written);
      EXPECT_FALSE(answer.began);
      EXPECT_EQ(requests_, static_cast<int>(before) + 1);
    }
  }
}

// libcurl would send it again, up to five times.
TEST_F(Http2PeerTest, ARefusedStreamIsKnownNotToHaveBegun) {
  for (const uint32_t before : {0, 1}) {
    requests_ = connections_ = 0;
    Serve(AfterAnswers(before, Reset(Http2Error::kRefusedStream)));
    for (uint32_t i = 0; i < before; ++i) EXPECT_EQ(CallPeer().end, HttpEnd::kAnswered);
    ExpectRefused(CallPeer());
    Sync();
    EXPECT_EQ(requests_, static_cast<int>(before) + 1);
    EXPECT_EQ(connections_, 1) << "none is made in order to send it again";
  }
}

// And libcurl would send it again over HTTP/1.1.
TEST_F(Http2PeerTest, AnOriginThatWantsHttp11GetsThatFromTheNextCallOn) {
  Serve(Reset(Http2Error::kHttp11Required));
  const HttpAnswer answer = CallPeer();
  ExpectRefused(answer);
  EXPECT_TRUE(absl::StrContains(answer.detail, "only over HTTP/1.1")) << answer.detail;
  EXPECT_EQ(requests_, 1);
  for (int i = 0; i < 3; ++i) {
    const HttpAnswer next = CallPeer();
    EXPECT_EQ(next.end, HttpEnd::kAnswered) << next.detail;
    EXPECT_EQ(next.body, kAnswer);
  }
  EXPECT_EQ(requests_, 4);
  EXPECT_EQ(peer_->requests().size(), 3u) << "over HTTP/1.1";
}

// libcurl 7.88 reports a stream that a GOAWAY leaves out as it reports one that was reset together
// with the GOAWAY, unless another stream is open.
TEST_F(Http2PeerTest, AGoAwayThatLeavesNoStreamOpenSaysNothingOfTheCall) {
  for (const bool closes : {false, true}) {
    for (const uint32_t before : {0, 1}) {
      requests_ = connections_ = 0;
      Serve(AfterAnswers(before, [=](RawConnection& connection, uint32_t stream) {
        connection.Send(GoAwayFrame(before == 0 ? 0 : stream - 2, Http2Error::kNone));
        if (closes) connection.EndSending();
        return true;
      }));
      for (uint32_t i = 0; i < before; ++i) EXPECT_EQ(CallPeer().end, HttpEnd::kAnswered);
      const HttpAnswer answer = CallPeer();
      ExpectBroke(answer);
      EXPECT_TRUE(absl::StrContains(answer.detail, "GOAWAY")) << answer.detail;
      Sync();
      EXPECT_EQ(requests_, static_cast<int>(before) + 1);
      EXPECT_EQ(connections_, 1) << "none is made in order to send it again";
    }
  }
}

TEST_F(Http2PeerTest, AStreamThatAGoAwayIncludesIsAnsweredAndTheNextCallConnectsAgain) {
  Serve([](RawConnection& connection, uint32_t stream) {
    connection.Send(GoAwayFrame(stream, Http2Error::kNone));
    connection.Send(AnswerFrames(stream, kAnswer));
    return true;
  });
  for (int i = 1; i <= 3; ++i) {
    const HttpAnswer answer = CallPeer();
    EXPECT_EQ(answer.end, HttpEnd::kAnswered) << answer.detail;
    EXPECT_EQ(requests_, i);
    EXPECT_EQ(connections_, i);
  }
}

TEST_F(Http2PeerTest, AConnectionThatEndsWithACallUnderWaySaysNothingOfIt) {
  for (const bool says_goodbye : {false, true}) {
    for (const uint32_t before : {0, 1}) {
      requests_ = 0;
      Serve(AfterAnswers(before, [&](RawConnection& connection, uint32_t stream) {
        if (says_goodbye) connection.Send(GoAwayFrame(stream, Http2Error::kNone));
        return false;
      }));
      for (uint32_t i = 0; i < before; ++i) EXPECT_EQ(CallPeer().end, HttpEnd::kAnswered);
      ExpectBroke(CallPeer());
      Sync();
      EXPECT_EQ(requests_, static_cast<int>(before) + 1);
    }
  }
}

TEST_F(Http2PeerTest, AConnectionThatEndsWhileALargeBodyIsSentSaysNothingOfTheCall) {
  for (const uint32_t before : {0, 1}) {
    requests_ = 0;
    Serve(AfterAnswers(before, Reset(Http2Error::kInternal)),
          [&](RawConnection&, uint32_t stream) { return stream < 2 * before; });
    for (uint32_t i = 0; i < before; ++i) EXPECT_EQ(CallPeer().end, HttpEnd::kAnswered);
    ExpectBroke(CallPeer(std::string(kLargeBody, ' ')));
    Sync();
    EXPECT_EQ(requests_, static_cast<int>(before) + 1);
  }
}

TEST_F(Http2PeerTest, ACallThatIsRefusedWhileALargeBodyIsSentIsKnownNotToHaveBegun) {
  for (const uint32_t before : {0, 1}) {
    requests_ = 0;
    Serve(AfterAnswers(before, Reset(Http2Error::kInternal)),
          [&](RawConnection& connection, uint32_t stream) {
            if (stream > 2 * before) {
              connection.Send(ResetFrame(stream, Http2Error::kRefusedStream));
            }
            return true;
          });
    for (uint32_t i = 0; i < before; ++i) EXPECT_EQ(CallPeer().end, HttpEnd::kAnswered);
    ExpectRefused(CallPeer(std::string(kLargeBody, ' ')));
    Sync();
    EXPECT_EQ(requests_, static_cast<int>(before) + 1);
  }
}

// One call is under way on a connection; another one on it ends by `frames` for its stream, or is
// aborted if there are none. The first one's answer comes then.
class Http2NeighbourTest : public Http2PeerTest {
 protected:
  using Frames = std::function<std::string(uint32_t stream)>;

  HttpAnswer EndBesideAnother(const Frames& frames) {
    Gate answer;
    std::atomic<bool> begun = false;
    Serve([&](RawConnection& connection, uint32_t stream) {
      if (stream == 1) {
        connection.Send(absl::StrCat(HeadFrame(1, 200), DataFrame(1, Part(true))));
        begun = true;
        return true;
      }
      if (frames != nullptr) connection.Send(frames(stream));
      answer.Pass();
      connection.Send(DataFrame(1, Part(false), /*last=*/true));
      return true;
    });
    Ending first, second;
    Begin(CallTo(peer_->Url()), first);
    while (!begun) Sync();
    const uint64_t id = Begin(CallTo(peer_->Url()), second);
    while (requests_ < 2) Sync();
    if (frames == nullptr) client_->Abort(id);
    HttpAnswer ended = second.Wait();
    Sync();
    EXPECT_FALSE(first.ended());
    answer.Open();
    const HttpAnswer whole = first.Wait();
    EXPECT_EQ(whole.end, HttpEnd::kAnswered) << whole.detail;
    EXPECT_EQ(whole.body, kAnswer);
    EXPECT_EQ(requests_, 2);
    EXPECT_EQ(connections_, 1);
    return ended;
  }

  static absl::string_view Part(bool first) {
    constexpr size_t kFirstBytes = 11;
    const absl::string_view answer = kAnswer;
    return first ? answer.substr(0, kFirstBytes) : answer.substr(kFirstBytes);
  }
};

TEST_F(Http2NeighbourTest, ARefusedStreamLeavesTheOthersAlone) {
  ExpectRefused(EndBesideAnother(
      [](uint32_t stream) { return ResetFrame(stream, Http2Error::kRefusedStream); }));
}

TEST_F(Http2NeighbourTest, AnAbortedCallLeavesTheOthersAlone) {
  EXPECT_EQ(EndBesideAnother({}).end, HttpEnd::kAborted);
}

TEST_F(Http2NeighbourTest, AStreamThatIsResetLeavesTheOthersAlone) {
  const HttpAnswer answer =
      EndBesideAnother([](uint32_t stream) { return ResetFrame(stream, Http2Error::kInternal); });
  EXPECT_EQ(answer.end, HttpEnd::kStreamReset);
}

// libcurl 7.88 takes a reset for a clean end while another stream of the connection has more to
// read than its transfer has room for.
TEST_F(Http2NeighbourTest, AnAnswerThatIsResetBesideALargeOneIsNotWhole) {
  constexpr uint32_t kResets = 6;
  // Each fits into a record of TLS, and two of them are more than libcurl has room for by itself.
  const std::string padding(12 << 10, ' ');
  for (int round = 0; round < 5; ++round) {
    requests_ = 0;
    Serve([&, waiting = 1 + kResets](RawConnection& connection, uint32_t stream) mutable {
      connection.Send(absl::StrCat(HeadFrame(stream, 200), DataFrame(stream, Part(true))));
      if (--waiting > 0) return true;
      std::string resets;
      for (uint32_t i = 1; i <= kResets; ++i) {
        absl::StrAppend(&resets, ResetFrame(1 + 2 * i, Http2Error::kInternal));
      }
      connection.Send(DataFrame(1, padding));
      connection.Send(absl::StrCat(resets, DataFrame(1, padding)));
      connection.Send(DataFrame(1, Part(false), /*last=*/true));
      return true;
    });
    Ending large;
    Begin(CallTo(peer_->Url()), large);
    while (requests_ < 1) Sync();
    std::array<Ending, kResets> reset;
    for (Ending& ending : reset) Begin(CallTo(peer_->Url()), ending);
    for (Ending& ending : reset) {
      const HttpAnswer answer = ending.Wait();
      EXPECT_EQ(answer.end, HttpEnd::kStreamReset) << answer.detail;
    }
    const HttpAnswer whole = large.Wait();
    EXPECT_EQ(whole.end, HttpEnd::kAnswered) << whole.detail;
    EXPECT_EQ(whole.body, absl::StrCat(Part(true), padding, padding, Part(false)));
    EXPECT_EQ(connections_, 1 + round);
  }
}

TEST_F(Http2NeighbourTest, AStreamAboveTheLastOfAGoAwayIsKnownNotToHaveBegun) {
  ExpectRefused(
      EndBesideAnother([](uint32_t stream) { return GoAwayFrame(stream - 2, Http2Error::kNone); }));
}

TEST_F(Http2NeighbourTest, AStreamWhoseConnectionWantsHttp11LeavesTheOthersAlone) {
  ExpectRefused(EndBesideAnother(
      [](uint32_t stream) { return ResetFrame(stream, Http2Error::kHttp11Required); }));
}

}  // namespace
}  // namespace lull
