//! A creative's fields: immutable, and without any time.
use crate::json::Json;
use crate::world::account::Account;

/// Writes one field of a creative.
pub(super) fn write(account: &Account, at: usize, name: &str, json: &mut Json) {
    let Some(creative) = account.creatives.get(at) else {
        return;
    };
    match name {
        "id" => json.text_at(name, &creative.id.to_string()),
        "account_id" => json.text_at(name, &account.id.to_string()),
        "name" => json.text_at(name, &creative.name),
        "title" => json.text_at(name, &creative.title),
        "body" => json.text_at(name, &creative.body),
        "status" => json.text_at(name, "ACTIVE"),
        "object_type" => json.text_at(name, if creative.is_video { "VIDEO" } else { "SHARE" }),
        "call_to_action_type" => json.text_at(name, creative.call_to_action),
        "video_id" if creative.is_video => json.text_at(name, &(creative.id + 5).to_string()),
        "image_hash" if !creative.is_video => json.text_at(name, &format!("{:032x}", creative.id)),
        "image_url" if !creative.is_video => {
            json.text_at(name, "https://scontent.example.fbcdn.net/v/t45/y.jpg?oh=00_Af&oe=67000000")
        }
        "thumbnail_url" => json.text_at(name, "https://scontent.example.fbcdn.net/v/t15/x.jpg?oh=00_Af&oe=67000000"),
        "url_tags" => json.text_at(name, "utm_source=facebook"),
        "effective_object_story_id" => json.text_at(name, &format!("112000000000001_{}", creative.id)),
        "object_story_spec" => json.raw_at(
            name,
            "{\"page_id\":\"112000000000001\",\"instagram_user_id\":\"17841400000000001\",\
             \"link_data\":{\"link\":\"http://fb.me/\",\"message\":\"Agende sua avaliação\"}}",
        ),
        _ => {}
    }
}
