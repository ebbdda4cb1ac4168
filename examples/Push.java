// Signs one record and pushes it, with Java 17 or newer and nothing else.
// Usage: AFTERCHAT_SECRET=... java Push.java http://127.0.0.1:8000/push record.json
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;

public class Push {
    public static void main(String[] arguments) throws Exception {
        byte[] body = Files.readAllBytes(Path.of(arguments[1])); // bytes: sign exactly what is sent
        String time = Long.toString(System.currentTimeMillis() / 1000);
        String text = System.getenv("AFTERCHAT_SECRET") + hex("MD5", body) + time;
        String checksum = hex("SHA-1", text.getBytes(StandardCharsets.UTF_8));
        URI uri = URI.create(arguments[0] + "?eventType=DATA_ONLINE_SESSION_END&time=" + time + "&checksum=" + checksum);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json;charset=utf-8")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.body());
        System.exit(answer.statusCode() == 200 ? 0 : 1);
    }

    private static String hex(String algorithm, byte[] data) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(data));
    }
}
