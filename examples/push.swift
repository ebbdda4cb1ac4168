// Signs one record and pushes it, with Swift 5.7 or newer on macOS and nothing else.
// Usage: AFTERCHAT_SECRET=... swift push.swift http://127.0.0.1:8000/push record.json
import CryptoKit
import Foundation

func hex<Digest: Sequence>(_ digest: Digest) -> String where Digest.Element == UInt8 {
    digest.map { String(format: "%02x", $0) }.joined()
}

let arguments = CommandLine.arguments
let body = try Data(contentsOf: URL(fileURLWithPath: arguments[2]))  // bytes: sign exactly what is sent
let time = String(Int(Date().timeIntervalSince1970))
let secret = ProcessInfo.processInfo.environment["AFTERCHAT_SECRET"] ?? ""
let text = secret + hex(Insecure.MD5.hash(data: body)) + time
let checksum = hex(Insecure.SHA1.hash(data: Data(text.utf8)))

let query = "eventType=DATA_ONLINE_SESSION_END&time=\(time)&checksum=\(checksum)"
var request = URLRequest(url: URL(string: "\(arguments[1])?\(query)")!)
request.httpMethod = "POST"
request.setValue("application/json;charset=utf-8", forHTTPHeaderField: "Content-Type")
request.httpBody = body

let (data, answer) = try await URLSession.shared.data(for: request)
print(String(decoding: data, as: UTF8.self))
exit((answer as? HTTPURLResponse)?.statusCode == 200 ? 0 : 1)
